/** Takes intents in as `admit` decides: opens operations, joins them, or finds them done. */
import { isDeepStrictEqual } from 'node:util';
import {
  admit,
  goesApart,
  type Admission,
  type Candidate,
  type KnownEpisode,
  type KnownOperation,
} from '../domain/admission.ts';
import { episodeOf, isConfirmed, type Cause } from '../domain/cause.ts';
import { alertKey, signOf, standsBy, workKey, type Intent } from '../domain/intent.ts';
import { joinLeases } from '../domain/lease.ts';
import { chunks } from './chunks.ts';
import type { Queued } from '../domain/operation.ts';
import type { Differences } from './differences.ts';
import type { Known } from './known.ts';
import { fromCause, newRow } from './rows.ts';
import type { EpisodeRow, OperationRow, Transaction } from './schema.ts';
import { writeJoinedWishes } from './wishes.ts';

/** Takes in candidates and ends one after the other: each is decided by what is known after those before it. */
export interface Queue {
  readonly take: (candidate: Candidate) => Admission;
  /** Notes that an episode is over. An end that is not certain is not noted for an episode with an open operation. */
  readonly end: (episode: string, isCertain: boolean) => void;
  /** Whether an episode is not over, and needs no confirmation of that. */
  readonly stands: (episode: string) => boolean;
  /** Whether an end was noted, and the episode was not asked for again since. */
  readonly isOver: (episode: string) => boolean;
  /** The operations that were opened. */
  readonly opened: readonly Queued[];
  /** Writes what was taken in. `endEpisodes` writes the ends. */
  readonly write: (transaction: Transaction, differences: Pick<Differences, 'announceWork'>) => Promise<void>;
}

export function createQueue({ open, episodes, words }: Known, now: number): Queue {
  const opened: Queued[] = [];
  const joined: { readonly operation: string; readonly makesDue: boolean }[] = [];
  const heavier = new Map<string, Intent>();
  const standing = new Map<string, EpisodeRow>();
  const over = new Set<string>();
  const heard = new Set<string>();

  const stand = (operation: string, as: Omit<KnownOperation, 'id'>, intent: Intent): void => {
    const { cause } = intent;
    const key = standsBy(intent);
    if (key === undefined) return;
    const known = episodes.get(key);
    if (known !== undefined && saysAgain(known, operation, cause)) {
      heard.add(key);
      return;
    }
    const episode = episodeOf(cause);
    const alert = episode === undefined ? null : alertKey(intent, signOf(intent, episode));
    const since = { seen_at: now, resolved_at: null };
    standing.set(key, { key, operation_id: operation, ...since, cause: fromCause(cause), alert });
    over.delete(key);
    episodes.set(key, { cause, seenAt: now, operation: { ...as, id: operation } });
  };

  return {
    take: (asked) => {
      const isApart = goesApart(asked.intent, open.get(workKey(asked.intent)));
      const candidate: Candidate = isApart ? { ...asked, intent: { ...asked.intent, apart: true } } : asked;
      const key = workKey(candidate.intent);
      const behind = standsBy(candidate.intent);
      const episode = behind === undefined ? {} : (episodes.get(behind) ?? {});
      const admission = admit(candidate, { episode, open: open.get(key), words }, now);
      const { operation, intent } = admission;
      switch (admission.outcome) {
        case 'done':
          // An alert without a date goes on for as long as its copies come.
          if (episodeOf(intent.cause) === undefined) stand(operation, episode.operation ?? FRESH, intent);
          else if (behind !== undefined) heard.add(behind);
          break;
        case 'accepted':
          open.set(key, { id: operation, intent: () => intent });
          opened.push(toQueued(admission, now));
          stand(operation, FRESH, intent);
          break;
        case 'joined': {
          const { isNews, takesOver, makesDue } = admission;
          if (!isNews) break;
          stand(operation, { state: episode.operation?.state ?? FRESH.state }, intent);
          joined.push({ operation, makesDue });
          const next = heaviestOfBoth(open.get(key)?.intent(), intent, takesOver);
          if (next === undefined) break;
          heavier.set(operation, next);
          open.set(key, { id: operation, intent: () => next });
        }
      }
      return admission;
    },
    end: (episode, isCertain) => {
      const known = episodes.get(episode);
      if (!isCertain && known?.operation !== undefined && known.operation.endedAt === undefined) return;
      episodes.set(episode, { ...known, overSince: now });
      over.add(episode);
    },
    stands: (episode) => {
      const known = episodes.get(episode);
      return known?.overSince === undefined && (known?.cause === undefined || isConfirmed(known.cause));
    },
    isOver: (episode) => over.has(episode),
    opened,
    write: async (transaction, differences) => {
      await insertOperations(transaction, opened.map(newRow));
      await upsertEpisodes(transaction, [...standing.values()]);
      await noteHeard(transaction, [...heard], now);
      await replaceCauses(transaction, heavier);
      await writeJoinedWishes(transaction, heavier, now);
      await makeDue(
        transaction,
        joined.filter(({ makesDue }) => makesDue).map(({ operation }) => operation),
        now,
      );
      if (opened.length + joined.length > 0) await differences.announceWork(transaction);
    },
  };
}

/** The intent that an open operation has from now on; undefined where it keeps its own. */
function heaviestOfBoth(known: Intent | undefined, joining: Intent, takesOver: boolean): Intent | undefined {
  if (known === undefined || known.verb === 'stop') return takesOver ? joining : undefined;
  const asked = joinLeases(known, joining);
  const isAsBefore = asked.leaseMs === known.leaseMs && asked.leaseByDefault === known.leaseByDefault;
  if (!takesOver && isAsBefore) return undefined;
  const { leaseMs: _ms, leaseByDefault: _byDefault, ...heaviest } = takesOver ? joining : known;
  return { ...heaviest, ...asked };
}

/** The machine may be known from the operation that served the episode before. */
function toQueued(
  { operation: id, intent, instance }: Extract<Admission, { readonly outcome: 'accepted' }>,
  createdAt: number,
): Queued {
  const known = instance === undefined ? {} : { instance };
  return { state: 'queued', id, intent, createdAt, attempts: 0, ...known };
}

const FRESH = { state: 'queued' };

/** Whether a copy adds nothing to what stands: the same cause, in all but its delivery, asks for the same operation. */
function saysAgain({ overSince, operation, cause }: KnownEpisode, asked: string, copy: Cause): boolean {
  if (overSince !== undefined || operation?.id !== asked) return false;
  return isDeepStrictEqual({ ...cause, delivery: '' }, { ...copy, delivery: '' });
}

/** By the key, so that no two transactions with the same members wait for each other. */
function byKey<Key extends string>(key: Key) {
  return (one: Readonly<Record<Key, string>>, other: Readonly<Record<Key, string>>): number =>
    one[key] < other[key] ? -1 : 1;
}

async function insertOperations(transaction: Transaction, fresh: readonly OperationRow[]): Promise<void> {
  for (const rows of chunks(fresh.toSorted(byKey('work_key'))))
    await transaction.insertInto('operation').values(rows).execute();
}

async function upsertEpisodes(transaction: Transaction, standing: readonly EpisodeRow[]): Promise<void> {
  for (const rows of chunks(standing.toSorted(byKey('key'))))
    await transaction
      .insertInto('episode')
      .values(rows)
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet((excluded) => ({
          operation_id: excluded.ref('excluded.operation_id'),
          seen_at: excluded.ref('excluded.seen_at'),
          // An alert that fires is not over.
          resolved_at: excluded.ref('excluded.resolved_at'),
          cause: excluded.ref('excluded.cause'),
          alert: excluded.ref('excluded.alert'),
        })),
      )
      .execute();
}

/** A copy that asks for nothing new still says that its alert goes on. */
async function noteHeard(transaction: Transaction, episodes: readonly string[], now: number): Promise<void> {
  for (const some of chunks(episodes.toSorted()))
    await transaction
      .updateTable('episode')
      .set({ seen_at: now })
      .where('key', 'in', some)
      .where('resolved_at', 'is', null)
      .execute();
}

/**
 * An open operation is judged by its heaviest cause: a stale alert must not refuse a new request. So is one that has begun: it may
 * have to begin again, and a person who has joined it keeps it when the alert ends.
 */
export async function replaceCauses(transaction: Transaction, heavier: ReadonlyMap<string, Intent>): Promise<void> {
  for (const [id, intent] of heavier) {
    await transaction
      .updateTable('operation')
      .set({ intent: JSON.stringify(intent), dry_run: Number(intent.dryRun) })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .execute();
  }
}

/** A waiting operation is looked at now: a person waits for the answer, or the alert that it waited for is confirmed. */
async function makeDue(transaction: Transaction, operations: readonly string[], now: number): Promise<void> {
  for (const some of chunks(operations.toSorted()))
    await transaction
      .updateTable('operation')
      .set({ available_at: now })
      .where('id', 'in', some)
      .where('state', '=', 'waiting')
      .where('owner', 'is', null)
      .execute();
}

/** Makes operations of intents: opens one, joins the one that is open, or finds that all is done. */
import type { Transaction } from 'kysely';
import { admit, type KnownOperation, type Wish } from '../domain/admission.ts';
import { episodeOf, isConfirmed, traitsOf, weighsMore } from '../domain/cause.ts';
import { standsBy, workKey, type Intent } from '../domain/intent.ts';
import type { ServedOutcome } from '../domain/receipt.ts';
import { CHUNK, chunks } from './chunks.ts';
import type { Differences } from './differences.ts';
import type { Known } from './known.ts';
import { fromCause, newRow } from './rows.ts';
import type { Database, EpisodeRow, OperationRow } from './schema.ts';

export interface Request extends Wish {
  /** The id of the operation that it opens, if it opens one. */
  readonly id: string;
}

export interface Enqueued {
  readonly outcome: ServedOutcome;
  readonly operation: string;
  readonly message?: string;
}

/** Takes in requests and ends, one after the other: each is decided by what is known after those before it. */
export interface Queue {
  readonly take: (request: Request) => Enqueued;
  /** Notes that an episode is over. What is not certain does not take an open operation away, and notes nothing then. */
  readonly end: (episode: string, isCertain: boolean) => void;
  /** Whether an episode is not over, and nothing has to confirm that. */
  readonly stands: (episode: string) => boolean;
  /** Whether an end was noted, and nothing after it has contradicted it. */
  readonly isOver: (episode: string) => boolean;
  /** Writes what was taken in. The ends are for others to write. */
  readonly write: (transaction: Transaction<Database>, differences: Pick<Differences, 'announceWork'>) => Promise<void>;
}

export function createQueue({ open, episodes, words }: Known, now: number): Queue {
  const fresh: OperationRow[] = [];
  const joined: { readonly operation: string; readonly isDue: boolean }[] = [];
  const heavier = new Map<string, Intent>();
  const standing = new Map<string, EpisodeRow>();
  const over = new Set<string>();
  const heard = new Set<string>();

  const stand = (operation: string, as: Omit<KnownOperation, 'id'>, intent: Intent): void => {
    const behind = toEpisode(operation, intent, now);
    if (behind === undefined) return;
    standing.set(behind.key, behind);
    over.delete(behind.key);
    episodes.set(behind.key, {
      cause: intent.cause,
      seenAt: now,
      operation: { ...as, id: operation },
    });
  };
  const join = (key: string, operation: string, asked: Intent | undefined, intent: Intent): void => {
    // What cannot be read cannot be carried: the same work is written again, as it is asked for now.
    const isHeavier = asked === undefined || weighsMore(intent.cause, asked.cause);
    const confirms = isHeavier && asked !== undefined && !isConfirmed(asked.cause);
    joined.push({ operation, isDue: traitsOf(intent.cause).isWaitedFor || confirms });
    if (!isHeavier) return;
    heavier.set(operation, intent);
    open.set(key, { id: operation, intent: () => intent });
  };

  return {
    take: (request) => {
      const episode = standsBy(request.intent);
      const known = episode === undefined ? {} : (episodes.get(episode) ?? {});
      const admission = admit(request, known, words, now);
      if (admission.admission === 'done') {
        const { operation, message, intent } = admission;
        // An alert without a date goes on for as long as it is heard of.
        if (episodeOf(intent.cause) === undefined) stand(operation, known.operation ?? FRESH, intent);
        else if (episode !== undefined) heard.add(episode);
        return { outcome: 'done', operation, ...(message === undefined ? {} : { message }) };
      }
      const { intent, instance } = admission;
      const key = workKey(intent);
      const existing = open.get(key);
      if (existing === undefined) {
        open.set(key, { id: request.id, intent: () => intent });
        fresh.push(newRow(request.id, intent, now, instance));
        stand(request.id, FRESH, intent);
        return { outcome: 'accepted', operation: request.id };
      }
      const asked = existing.intent();
      // An old copy does not take back that the alert is over: an operation that was begun for it learns of that, and ends.
      const isOldCopy = !isConfirmed(intent.cause) && asked !== undefined && episodeOf(asked.cause) === episode;
      if (!isOldCopy || !isConfirmed(asked.cause)) {
        stand(existing.id, { state: known.operation?.state ?? FRESH.state }, intent);
        join(key, existing.id, asked, intent);
      }
      return { outcome: 'joined', operation: existing.id };
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
    write: async (transaction, differences) => {
      await insertOperations(transaction, fresh);
      await upsertEpisodes(transaction, [...standing.values()]);
      await noteHeard(transaction, [...heard], now);
      await retell(transaction, heavier);
      await hurry(
        transaction,
        joined.filter(({ isDue }) => isDue).map(({ operation }) => operation),
        now,
      );
      if (fresh.length + joined.length > 0) await differences.announceWork(transaction);
    },
  };
}

const FRESH = { state: 'queued' };

function toEpisode(operation: string, intent: Intent, now: number): EpisodeRow | undefined {
  const key = standsBy(intent);
  if (key === undefined) return undefined;
  return { key, operation_id: operation, seen_at: now, resolved_at: null, cause: fromCause(intent.cause) };
}

/** Two transactions with the same members take their locks in the same order, so that neither waits for the other in a circle. */
function sorted<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] {
  return rows.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

async function insertOperations(transaction: Transaction<Database>, fresh: readonly OperationRow[]): Promise<void> {
  for (const rows of chunks(
    sorted(fresh, ({ work_key }) => work_key),
    CHUNK,
  ))
    await transaction.insertInto('operation').values(rows).execute();
}

async function upsertEpisodes(transaction: Transaction<Database>, standing: readonly EpisodeRow[]): Promise<void> {
  for (const rows of chunks(
    sorted(standing, ({ key }) => key),
    CHUNK,
  ))
    await transaction
      .insertInto('episode')
      .values(rows)
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet((excluded) => ({
          operation_id: excluded.ref('excluded.operation_id'),
          seen_at: excluded.ref('excluded.seen_at'),
          // What fires, again perhaps, is not over.
          resolved_at: excluded.ref('excluded.resolved_at'),
          cause: excluded.ref('excluded.cause'),
        })),
      )
      .execute();
}

/** A copy that asks for nothing new says all the same that its alert goes on. */
async function noteHeard(transaction: Transaction<Database>, episodes: readonly string[], now: number): Promise<void> {
  for (const some of chunks(episodes.toSorted(), CHUNK))
    await transaction
      .updateTable('episode')
      .set({ seen_at: now })
      .where('key', 'in', some)
      .where('resolved_at', 'is', null)
      .execute();
}

/**
 * What is open is judged by the cause that weighs most: an old alert must not refuse a new request. What has begun, too: it may
 * have to begin again, and a person who has joined it keeps it, whatever becomes of the alert.
 */
export async function retell(transaction: Transaction<Database>, heavier: ReadonlyMap<string, Intent>): Promise<void> {
  for (const [id, intent] of heavier) {
    await transaction
      .updateTable('operation')
      .set({ intent: JSON.stringify(intent) })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .execute();
  }
}

/** A person is at the other end of her request, and a confirmed alert has nothing to wait for: what waits is looked at now. */
async function hurry(transaction: Transaction<Database>, operations: readonly string[], now: number): Promise<void> {
  for (const some of chunks(operations.toSorted(), CHUNK))
    await transaction
      .updateTable('operation')
      .set({ available_at: now })
      .where('id', 'in', some)
      .where('state', '=', 'waiting')
      .where('owner', 'is', null)
      .execute();
}

/** Episodes that are over, and what becomes of the operations that they asked for. */
import { episodeOf, type Cause } from '../domain/cause.ts';
import { standsBy, type Intent } from '../domain/intent.ts';
import { moveOn, type Evidence, type Move } from '../domain/move.ts';
import { mayHaveBeenSent, type Operation } from '../domain/operation.ts';
import { heaviestOf } from '../domain/precedence.ts';
import { writeCancelled } from './cancel.ts';
import { chunks, readChunks } from './chunks.ts';
import { replaceCauses } from './enqueue.ts';
import { toCause, toIntent, toOperations } from './rows.ts';
import type { Db, Transaction } from './schema.ts';

export interface End {
  /** Why, a sentence for people. */
  readonly message: string;
  /** The source of the end. */
  readonly by: Evidence;
  /** Whether it is kept although no operation has served the episode: a firing copy of the alert may come later. */
  readonly isKept: boolean;
}

/**
 * Ends episodes. An operation that no other cause asks for is cancelled, unless a worker has claimed it or EC2 may have been asked:
 * its worker looks at that first. An operation that others ask for is from now on judged by the heaviest of their causes.
 *
 * @param ended by the keys of the episodes
 * @returns the operations that were cancelled, by the keys of the episodes that had asked for them
 */
export async function endEpisodes(
  transaction: Transaction,
  ended: ReadonlyMap<string, End>,
  now: number,
): Promise<ReadonlyMap<string, Move>> {
  const behind = await readBehind(transaction, [...ended.keys()]);
  const kept = [...ended].filter(([, { isKept }]) => isKept).map(([key]) => key);
  await keepEnds(transaction, kept, now);
  await markResolved(transaction, [...ended.keys()], now);
  const standing = await readStanding(
    transaction,
    behind.map(({ operation }) => operation.id),
  );
  const cancelled = new Map<string, Move>();
  const heavier = new Map<string, Intent>();
  for (const { operation, isClaimed, episodes } of behind) {
    const { cause } = operation.intent;
    const others = standing.get(operation.id) ?? [];
    // The cause of a person, or of an alert without a date, has no episode that could be over.
    if (episodeOf(cause) === undefined || others.some(({ key }) => key === episodeOf(cause))) continue;
    if (others.length > 0) {
      const heaviest = heaviestOf(others.flatMap((other) => other.cause ?? []));
      if (heaviest !== undefined) heavier.set(operation.id, { ...operation.intent, cause: heaviest });
    } else if (!isClaimed && !mayHaveBeenSent(operation)) {
      const end = ended.get(episodes.at(-1) ?? '');
      const move = cancelResolved(operation, end, now);
      await writeCancelled(transaction, move.after, now);
      for (const episode of episodes) cancelled.set(episode, move);
    }
  }
  await replaceCauses(transaction, heavier);
  return cancelled;
}

/**
 * Ends the episodes of alerts that were found not to fire any more. An operation that others ask for is from now on judged by the
 * heaviest of their causes.
 *
 * @returns the operations that others ask for
 */
export async function passOn(
  transaction: Transaction,
  over: readonly { readonly before: Operation; readonly at: number }[],
): Promise<ReadonlySet<string>> {
  if (over.length === 0) return new Set();
  const keys = over.map(({ before }) => standsBy(before.intent)).filter((key) => key !== undefined);
  await markResolved(transaction, keys, Math.max(...over.map(({ at }) => at)));
  const standing = await readStanding(
    transaction,
    over.map(({ before }) => before.id),
  );
  const heaviest = new Map<string, Intent>();
  for (const { before } of over) {
    const cause = heaviestOf((standing.get(before.id) ?? []).flatMap((other) => other.cause ?? []));
    if (cause !== undefined) heaviest.set(before.id, { ...before.intent, cause });
  }
  await replaceCauses(transaction, heaviest);
  return new Set(heaviest.keys());
}

/**
 * The operations that no cause asks for any more: every alert behind them is over, and no person has joined. Their worker asks for
 * this right before the call, because `endEpisodes` does not cancel a claimed operation.
 *
 * The operations must be locked against other transactions, where there are any.
 */
export async function findResolved(transaction: Db, operations: readonly string[]): Promise<Set<string>> {
  const rows = await readChunks(operations, async (some) =>
    transaction
      .selectFrom('operation')
      .select(['operation.id', 'operation.intent'])
      .where('operation.id', 'in', some)
      .where((row) => {
        const behind = row.selectFrom('episode').select('key').whereRef('operation_id', '=', 'operation.id');
        return row.exists(behind).and(row.not(row.exists(behind.where('resolved_at', 'is', null))));
      })
      .execute(),
  );
  const isOfEpisode = (cause: Cause | undefined): boolean => cause !== undefined && episodeOf(cause) !== undefined;
  return new Set(rows.filter(({ intent }) => isOfEpisode(toIntent(intent)?.cause)).map(({ id }) => id));
}

/** The episodes that stand behind open operations, by their work. */
export async function openEpisodes(
  transaction: Transaction,
  works: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await readChunks(works, async (some) =>
    transaction
      .selectFrom('operation')
      .innerJoin('episode', 'episode.operation_id', 'operation.id')
      .select(['operation.work_key', 'episode.key'])
      .where('operation.work_key', 'in', some)
      .where('operation.ended_at', 'is', null)
      .where('episode.resolved_at', 'is', null)
      .execute(),
  );
  const byWork = Map.groupBy(rows, ({ work_key: work }) => work);
  return new Map([...byWork].map(([work, open]) => [work, open.map(({ key }) => key)]));
}

/** The episodes that are not over, by their alerts (`alertKey`): one that was read in several ways has several. */
export async function readingsOf(db: Db, alerts: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await readChunks(new Set(alerts), async (some) =>
    db
      .selectFrom('episode')
      .select(['alert', 'key'])
      .where('alert', 'in', some)
      .where('resolved_at', 'is', null)
      .execute(),
  );
  const byAlert = Map.groupBy(rows, ({ alert }) => alert ?? '');
  return new Map([...byAlert].map(([alert, read]) => [alert, read.map(({ key }) => key)]));
}

interface Behind {
  readonly operation: Operation;
  readonly isClaimed: boolean;
  /** Those of the episodes in question that it serves. */
  readonly episodes: readonly string[];
}

/** The operations of these episodes whose end matters to them. They must be locked, where there are other transactions. */
async function readBehind(transaction: Transaction, episodes: readonly string[]): Promise<readonly Behind[]> {
  const rows = await readChunks(episodes, async (some) =>
    transaction
      .selectFrom('operation')
      .innerJoin('episode', 'episode.operation_id', 'operation.id')
      .selectAll('operation')
      .select('episode.key as episode')
      .where('episode.key', 'in', some)
      .where('operation.state', 'in', ['queued', 'waiting', 'acting'])
      .orderBy('operation.id')
      .execute(),
  );
  return [...Map.groupBy(rows, ({ id }) => id).values()].flatMap((served) => {
    const operations = toOperations(served.slice(0, 1));
    const isClaimed = served.some(({ owner }) => owner !== null);
    return operations.map((operation) => ({ operation, isClaimed, episodes: served.map(({ episode }) => episode) }));
  });
}

/** Writes the ends of episodes that no operation has served. */
async function keepEnds(transaction: Transaction, episodes: readonly string[], now: number): Promise<void> {
  const row = { operation_id: null, seen_at: now, resolved_at: now, cause: null, alert: null };
  for (const some of chunks(episodes.toSorted()))
    await transaction
      .insertInto('episode')
      .values(some.map((key) => ({ key, ...row })))
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute();
}

async function markResolved(transaction: Transaction, episodes: readonly string[], now: number): Promise<void> {
  for (const some of chunks(episodes.toSorted())) {
    await transaction
      .updateTable('episode')
      .set({ resolved_at: now })
      .where('key', 'in', some)
      .where('resolved_at', 'is', null)
      .execute();
  }
}

interface StandingEpisode {
  readonly key: string;
  /** Undefined where this version cannot read it. */
  readonly cause: Cause | undefined;
}

/** The episodes that still ask for these operations. */
async function readStanding(
  transaction: Transaction,
  operations: readonly string[],
): Promise<ReadonlyMap<string, readonly StandingEpisode[]>> {
  const rows = await readChunks(operations, async (some) =>
    transaction
      .selectFrom('episode')
      .select(['operation_id', 'key', 'cause'])
      .where('operation_id', 'in', some)
      .where('resolved_at', 'is', null)
      .execute(),
  );
  const standing = rows.map(({ operation_id: operation, key, cause }) => ({
    operation: operation ?? '',
    key,
    cause: cause === null ? undefined : toCause(cause),
  }));
  return Map.groupBy(standing, ({ operation }) => operation);
}

function cancelResolved(before: Operation, end: End | undefined, at: number): Move {
  const message = `${end?.message ?? ''}, and no other cause asks for it`;
  return moveOn(before, { type: 'cancel', reason: 'resolved', message, at }, at, end?.by);
}

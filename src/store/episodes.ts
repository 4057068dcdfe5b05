/** What becomes of an operation when the alerts that asked for it are over. */
import type { Kysely, Transaction } from 'kysely';
import { episodeOf, type Cause } from '../domain/cause.ts';
import { standsBy, type Intent } from '../domain/intent.ts';
import { moveOn, type Evidence, type Move } from '../domain/move.ts';
import type { Operation } from '../domain/operation.ts';
import { weighsMore } from '../domain/precedence.ts';
import { writeCancelled } from './cancel.ts';
import { CHUNK, chunks } from './chunks.ts';
import { replaceCauses } from './enqueue.ts';
import { toCause, toIntent, toOperations } from './rows.ts';
import type { Database } from './schema.ts';

export interface End {
  /** Why, a sentence for people. */
  readonly message: string;
  /** Who has said so. */
  readonly by: Evidence;
  /** Whether it is kept although no operation has served the episode: a firing copy of the alert may come later. */
  readonly isKept: boolean;
}

/**
 * Writes down that episodes are over. An operation that nobody else asks for, and nobody works on, is cancelled, unless EC2 may
 * have been asked already: its worker looks at that first. One that others ask for as well is from now on judged by who weighs
 * most among them.
 *
 * @param ended why each of them is over, by the episodes' keys
 * @returns the operations that were cancelled, by the keys of the episodes that had asked for them
 */
export async function endEpisodes(
  transaction: Transaction<Database>,
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
    // Whoever has no episode never says that it is over: a person, or an alert without a date.
    if (episodeOf(cause) === undefined || others.some(({ key }) => key === episodeOf(cause))) continue;
    if (others.length > 0) {
      const heaviest = heaviestOf(others);
      if (heaviest !== undefined) heavier.set(operation.id, { ...operation.intent, cause: heaviest });
    } else if (!isClaimed && operation.acted === undefined) {
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
 * An alert that does not fire any more is over, whether anybody has been told or not. An operation that others ask for as well
 * is from now on judged by who weighs most among them.
 *
 * @returns those that others ask for
 */
export async function passOn(
  transaction: Transaction<Database>,
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
    const cause = heaviestOf(standing.get(before.id) ?? []);
    if (cause !== undefined) heaviest.set(before.id, { ...before.intent, cause });
  }
  await replaceCauses(transaction, heaviest);
  return new Set(heaviest.keys());
}

/**
 * Which of these operations nobody stands behind any more: every alert that asked for them is over, and no person has. Whoever
 * carries one looks at it again right before the call, because what is claimed is not cancelled by `endEpisodes`.
 *
 * The operations must be locked against other transactions, where there are any.
 */
export async function findResolved(transaction: Kysely<Database>, operations: readonly string[]): Promise<Set<string>> {
  const resolved = new Set<string>();
  for (const some of chunks([...new Set(operations)], CHUNK)) {
    const rows = await transaction
      .selectFrom('operation')
      .select(['operation.id', 'operation.intent'])
      .where('operation.id', 'in', some)
      .where((row) => {
        const behind = row.selectFrom('episode').select('key').whereRef('operation_id', '=', 'operation.id');
        return row.exists(behind).and(row.not(row.exists(behind.where('resolved_at', 'is', null))));
      })
      .execute();
    for (const { id, intent } of rows) {
      const asked = toIntent(intent);
      if (asked !== undefined && episodeOf(asked.cause) !== undefined) resolved.add(id);
    }
  }
  return resolved;
}

/** The episodes that stand behind open operations, by their work. */
export async function openEpisodes(
  transaction: Transaction<Database>,
  works: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const open = new Map<string, string[]>();
  for (const some of chunks([...new Set(works)], CHUNK)) {
    const rows = await transaction
      .selectFrom('operation')
      .innerJoin('episode', 'episode.operation_id', 'operation.id')
      .select(['operation.work_key', 'episode.key'])
      .where('operation.work_key', 'in', some)
      .where('operation.ended_at', 'is', null)
      .where('episode.resolved_at', 'is', null)
      .execute();
    for (const { work_key: work, key } of rows) open.set(work, [...(open.get(work) ?? []), key]);
  }
  return open;
}

interface Behind {
  readonly operation: Operation;
  readonly isClaimed: boolean;
  /** Those of the episodes in question that it serves. */
  readonly episodes: readonly string[];
}

/** The operations that wait to be begun for these episodes. They must be locked, where there are other transactions. */
async function readBehind(transaction: Transaction<Database>, episodes: readonly string[]): Promise<readonly Behind[]> {
  const behind = new Map<string, Behind>();
  for (const some of chunks(episodes, CHUNK)) {
    const rows = await transaction
      .selectFrom('operation')
      .innerJoin('episode', 'episode.operation_id', 'operation.id')
      .selectAll('operation')
      .select('episode.key as episode')
      .where('episode.key', 'in', some)
      .where('operation.state', 'in', ['queued', 'waiting', 'acting'])
      .orderBy('operation.id')
      .execute();
    for (const { episode, ...row } of rows) {
      const known = behind.get(row.id)?.episodes ?? [];
      const [operation] = toOperations([row]);
      if (operation !== undefined)
        behind.set(row.id, { operation, isClaimed: row.owner !== null, episodes: [...known, episode] });
    }
  }
  return [...behind.values()];
}

/** What no operation has served is written down alone. */
async function keepEnds(transaction: Transaction<Database>, episodes: readonly string[], now: number): Promise<void> {
  const row = { operation_id: null, seen_at: now, resolved_at: now, cause: null };
  for (const some of chunks(episodes.toSorted(), CHUNK))
    await transaction
      .insertInto('episode')
      .values(some.map((key) => ({ key, ...row })))
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute();
}

async function markResolved(
  transaction: Transaction<Database>,
  episodes: readonly string[],
  now: number,
): Promise<void> {
  for (const some of chunks(episodes.toSorted(), CHUNK)) {
    await transaction
      .updateTable('episode')
      .set({ resolved_at: now })
      .where('key', 'in', some)
      .where('resolved_at', 'is', null)
      .execute();
  }
}

interface Standing {
  readonly key: string;
  /** Absent where another version wrote the row. */
  readonly cause?: Cause;
}

/** Who still asks for these operations. */
async function readStanding(
  transaction: Transaction<Database>,
  operations: readonly string[],
): Promise<ReadonlyMap<string, readonly Standing[]>> {
  const standing = new Map<string, Standing[]>();
  for (const some of chunks(operations, CHUNK)) {
    const rows = await transaction
      .selectFrom('episode')
      .select(['operation_id', 'key', 'cause'])
      .where('operation_id', 'in', some)
      .where('resolved_at', 'is', null)
      .$narrowType<{ operation_id: string }>()
      .execute();
    for (const { operation_id: id, key, cause } of rows) {
      const others = standing.get(id) ?? [];
      const known = cause === null ? undefined : toCause(cause);
      standing.set(id, [...others, { key, ...(known === undefined ? {} : { cause: known }) }]);
    }
  }
  return standing;
}

function heaviestOf(standing: readonly Standing[]): Cause | undefined {
  return standing
    .map(({ cause }) => cause)
    .filter((cause) => cause !== undefined)
    .reduce<Cause | undefined>(
      (heaviest, cause) => (heaviest === undefined || weighsMore(cause, heaviest) ? cause : heaviest),
      undefined,
    );
}

function cancelResolved(before: Operation, end: End | undefined, at: number): Move {
  const message = `${end?.message ?? ''}, and nobody else asks for it`;
  return moveOn(before, { type: 'cancel', reason: 'resolved', message, at }, at, end?.by);
}

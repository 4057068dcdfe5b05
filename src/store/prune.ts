/** Deletes old rows, a few at a time: the embedded database does nothing else meanwhile. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import { COUNTED_MS } from '../domain/admit-hold.ts';
import { VERIFIES_FOR_MS } from './link-keys.ts';
import { LASTS } from './machine-schema.ts';
import type { Database, Db, Transaction } from './schema.ts';

/** Rows of a table that one transaction deletes at most. */
const PART = 50;

export interface Step {
  readonly forgotten: number;
  readonly isOver: boolean;
}

/** Rows older than these times are deleted: milliseconds since the epoch. */
export interface Ages {
  readonly endedBefore: number;
  readonly historyBefore: number;
}

type Prune = (transaction: Transaction, ages: Ages, most: number, concurrent: boolean) => Promise<Step>;

interface Aging {
  readonly table: keyof Database;
  readonly key: string;
  /** The column with the time of a row. */
  readonly time: string;
  /** Leaves out what is deleted with its operation, and what an index does not have. */
  readonly alone?: string;
  /** The column with a later time at which a row was heard of again. */
  readonly again?: string;
  /** History is kept for longer. */
  readonly isHistory?: true;
  /** How much longer its rows are kept than everything else, in milliseconds. */
  readonly longerMs?: number;
}

const NO_OPERATION = 'not exists (select 1 from operation where operation.id = notice.thread)';

const NOT_JUDGED_BY = 'not exists (select 1 from judgement where judgement.settings = settings_version.version)';

const OTHERS: readonly Aging[] = [
  { table: 'audit', key: 'id', time: 'at', alone: 'operation_id is null', again: 'last_at' },
  { table: 'episode', key: 'key', time: 'seen_at', alone: 'operation_id is null' },
  // An alert that began before a word may fire for months. There are at most four words for each machine.
  { table: 'word', key: 'instance_id, verb, kind', time: 'at', longerMs: 365 * 24 * 60 * 60_000 },
  { table: 'pause', key: 'id', time: 'ended_at' },
  { table: 'pause', key: 'id', time: 'until_at' },
  // Limits count how long a machine was held in the last 7 days.
  { table: 'hold', key: 'instance_id, holder, since_at', time: 'until_at', longerMs: COUNTED_MS },
  // Those that have not ended have no such time.
  { table: 'lease', key: 'id', time: 'ended_at' },
  { table: 'notice', key: 'number', time: 'created_at', alone: NO_OPERATION },
  { table: 'link_key', key: 'kid', time: 'retired_at', longerMs: VERIFIES_FOR_MS },
  { table: 'signature', key: 'digest', time: 'expires_at' },
  { table: 'interval', key: 'instance_id, until_at', time: 'until_at', alone: `until_at < ${LASTS}`, isHistory: true },
  { table: 'stop', key: 'operation_id', time: 'ended_at', alone: `ended_at < ${LASTS}`, isHistory: true },
  { table: 'wish', key: 'operation_id', time: 'at', isHistory: true },
  { table: 'alert_span', key: 'id', time: 'ended_at', alone: `ended_at < ${LASTS}`, isHistory: true },
  { table: 'alert_span', key: 'id', time: 'until_at', alone: `ended_at = ${LASTS}`, isHistory: true },
  { table: 'judgement', key: 'operation_id, circumstances, settings', time: 'last_at', isHistory: true },
  // A note may be a day old.
  { table: 'circumstances', key: 'digest', time: 'judged_at', isHistory: true, longerMs: 2 * 24 * 60 * 60_000 },
  { table: 'settings_version', key: 'version', time: 'used_at', alone: NOT_JUDGED_BY, isHistory: true },
  { table: 'machine', key: 'id', time: 'forgotten_at' },
  { table: 'ended_session', key: 'id', time: 'expires_at' },
];

/**
 * Operations first, with their trails and episodes; then the entries of deliveries and of alerts without an operation.
 *
 * @param transact runs a transaction. Other work gets its turn between two of them
 * @returns how many operations and other rows were deleted, at most `limit`
 */
export async function prune(
  transact: (work: (transaction: Transaction) => Promise<Step>) => Promise<Step>,
  ages: Ages,
  limit: number,
  concurrent: boolean,
): Promise<number> {
  let forgotten = 0;
  for (const pruneSome of [pruneOperations, ...OTHERS.map(pruneAged)]) {
    for (let isOver = false; !isOver && forgotten < limit;) {
      await nextTurn();
      const most = Math.min(PART, limit - forgotten);
      const step = await transact(async (transaction) => pruneSome(transaction, ages, most, concurrent));
      forgotten += step.forgotten;
      isOver = step.isOver;
    }
  }
  return forgotten;
}

async function pruneOperations(...[transaction, { endedBefore }, most, concurrent]: Parameters<Prune>): Promise<Step> {
  const old = await findOld(transaction, endedBefore, most, concurrent);
  if (old.length === 0) return { forgotten: 0, isOver: true };
  // An alert that fired for weeks has left thousands of receipts: they go first.
  const entries = transaction.selectFrom('audit').select('id').where('operation_id', 'in', old).limit(PART);
  const deleted = await transaction.deleteFrom('audit').where('id', 'in', entries).executeTakeFirst();
  if (Number(deleted.numDeletedRows) === PART) return { forgotten: 0, isOver: false };
  await transaction.deleteFrom('notice').where('thread', 'in', old).execute();
  await transaction.deleteFrom('operation').where('id', 'in', old).execute();
  return { forgotten: old.length, isOver: old.length < most };
}

/** Rows that another transaction has locked are left for later: see `locks.ts`. */
async function findOld(db: Db, endedBefore: number, most: number, concurrent: boolean): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('operation')
    .select('id')
    .where('ended_at', '<', endedBefore)
    // A newer entry of the log is kept, and so is the operation that it refers to.
    .where((row) => {
      const newest = row
        .selectFrom('audit')
        .select('audit.at')
        .whereRef('audit.operation_id', '=', 'operation.id')
        .orderBy('audit.id', 'desc')
        .limit(1);
      const later = row
        .selectFrom('audit')
        .select('audit.id')
        .whereRef('audit.operation_id', '=', 'operation.id')
        .where('audit.last_at', '>=', endedBefore);
      return row.and([row(row.fn.coalesce(newest, row.lit(0)), '<', endedBefore), row.not(row.exists(later))]);
    })
    .orderBy('ended_at')
    .limit(most)
    .$if(concurrent, (found) => found.forUpdate().skipLocked())
    .execute();
  return rows.map(({ id }) => id);
}

function pruneAged({ table, key, time, alone, again, isHistory, longerMs = 0 }: Aging): Prune {
  return async (transaction, { endedBefore, historyBefore }, most, concurrent) => {
    const before = (isHistory ? historyBefore : endedBefore) - longerMs;
    const quiet = again === undefined ? sql`` : sql`and (${sql.ref(again)} is null or ${sql.ref(again)} < ${before})`;
    const old = sql`
      select ${sql.raw(key)} from ${sql.table(table)}
      where ${sql.ref(time)} < ${before} ${alone === undefined ? sql`` : sql`and ${sql.raw(alone)}`} ${quiet}
      order by ${sql.ref(time)} limit ${most} ${concurrent ? sql`for update skip locked` : sql``}`;
    const deletion = sql`delete from ${sql.table(table)} where (${sql.raw(key)}) in (${old})`;
    const forgotten = Number((await deletion.execute(transaction)).numAffectedRows ?? 0);
    return { forgotten, isOver: forgotten < most };
  };
}

/** Forgets what is long over, a little at a time: the embedded database keeps the whole process from everything else meanwhile. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import * as audit from './audit.ts';
import type { Database } from './schema.ts';
import * as words from './words.ts';

/** Rows of a table that one transaction deletes at most. */
const PART = 50;

/**
 * Operations first, with their trails and episodes; then what was recorded of deliveries and of alerts without an operation.
 *
 * @param transact runs a transaction. Others get their turn between two of them
 * @returns how many operations and other things that stood alone were deleted, at most `limit`
 */
export async function prune(
  transact: (work: (transaction: Transaction<Database>) => Promise<Step>) => Promise<Step>,
  endedBefore: number,
  limit: number,
  concurrent: boolean,
): Promise<number> {
  let forgotten = 0;
  const others = [audit.prune, pruneAlone, words.prune, pruneSignatures];
  for (const pruneSome of [pruneOperations, ...others.map(alone)]) {
    for (let isOver = false; !isOver && forgotten < limit;) {
      await nextTurn();
      const most = Math.min(PART, limit - forgotten);
      const step = await transact(async (transaction) => pruneSome(transaction, endedBefore, most, concurrent));
      forgotten += step.forgotten;
      isOver = step.isOver;
    }
  }
  return forgotten;
}

export interface Step {
  readonly forgotten: number;
  readonly isOver: boolean;
}

async function pruneOperations(
  transaction: Transaction<Database>,
  endedBefore: number,
  most: number,
  concurrent: boolean,
): Promise<Step> {
  const old = await findOld(transaction, endedBefore, most, concurrent);
  if (old.length === 0) return { forgotten: 0, isOver: true };
  // An alert that fired for weeks has left thousands of receipts: they go first.
  if ((await audit.pruneOf(transaction, old, PART)) === PART) return { forgotten: 0, isOver: false };
  await transaction.deleteFrom('operation').where('id', 'in', old).execute();
  return { forgotten: old.length, isOver: old.length < most };
}

/** What another transaction has in hand is left for later: see `locks.ts`. */
async function findOld(
  db: Kysely<Database>,
  endedBefore: number,
  most: number,
  concurrent: boolean,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('operation')
    .select('id')
    .where('ended_at', '<', endedBefore)
    // What was recorded lately is kept for as long as everything else, and so is what it speaks of.
    .where((row) => {
      const newest = row
        .selectFrom('audit')
        .select('audit.at')
        .whereRef('audit.operation_id', '=', 'operation.id')
        .orderBy('audit.id', 'desc')
        .limit(1);
      return row(row.fn.coalesce(newest, row.lit(0)), '<', endedBefore);
    })
    .orderBy('ended_at')
    .limit(most)
    .$if(concurrent, (found) => found.forUpdate().skipLocked())
    .execute();
  return rows.map(({ id }) => id);
}

/** What belongs to no operation. */
function alone(
  forget: (db: Kysely<Database>, before: number, limit: number, concurrent: boolean) => Promise<number>,
): (transaction: Transaction<Database>, before: number, most: number, concurrent: boolean) => Promise<Step> {
  return async (transaction, before, most, concurrent) => {
    const forgotten = await forget(transaction, before, most, concurrent);
    return { forgotten, isOver: forgotten < most };
  };
}

/** The episodes that no operation served. */
async function pruneAlone(db: Kysely<Database>, before: number, limit: number, concurrent: boolean): Promise<number> {
  const old = db
    .selectFrom('episode')
    .select('key')
    .where('operation_id', 'is', null)
    .where('seen_at', '<', before)
    .orderBy('seen_at')
    .limit(limit)
    .$if(concurrent, (rows) => rows.forUpdate().skipLocked());
  const result = await db.deleteFrom('episode').where('key', 'in', old).executeTakeFirst();
  return Number(result.numDeletedRows);
}

async function pruneSignatures(
  db: Kysely<Database>,
  before: number,
  limit: number,
  concurrent: boolean,
): Promise<number> {
  const old = db
    .selectFrom('signature')
    .select('digest')
    .where('expires_at', '<', before)
    .limit(limit)
    .$if(concurrent, (rows) => rows.forUpdate().skipLocked());
  const result = await db.deleteFrom('signature').where('digest', 'in', old).executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** Claims operations that are due, and keeps them claimed. */
import type { SelectQueryBuilder, UpdateObject } from 'kysely';
import { VERBS, type Verb } from '../domain/intent.ts';
import { moveOn, type Move } from '../domain/move.ts';
import { isOpen } from '../domain/operation.ts';
import { readChunks } from './chunks.ts';
import type { Claim, Claimed } from './port.ts';
import { toOperations } from './rows.ts';
import type { Database, Db, OperationRow, Transaction } from './schema.ts';
import { showOperation, UNREADABLE_OPERATION } from './shown.ts';
import type { WriteMoves } from './write-moves.ts';

/**
 * A claim that has run out makes its operation due again: a dead worker's operations are taken over without asking it.
 *
 * With `concurrent`, other replicas may claim at the same moment: rows that they are about to take are skipped.
 */
export async function claim(
  db: Transaction,
  { owner, now, until, limit, verbs = VERBS }: Claim,
  { concurrent, writeMoves }: { readonly concurrent: boolean; readonly writeMoves: WriteMoves },
): Promise<Claimed> {
  const due = (open: OpenIds): OpenIds =>
    open
      .where('available_at', '<=', now)
      .where('verb', 'in', verbs)
      .orderBy('available_at')
      .limit(limit)
      .$if(concurrent, (rows) => rows.forNoKeyUpdate().skipLocked());
  const rows = await updateOpen(db, due, { owner, available_at: until }).returningAll().execute();
  const operations = toOperations(rows)
    .filter(isOpen)
    .sort((one, other) => (one.id < other.id ? -1 : 1));
  const moves = await giveUpUnreadable(db, rows, now);
  await writeMoves(db, moves);
  return { operations, moves };
}

type OpenIds = SelectQueryBuilder<Database, 'operation', { id: string }>;

/** Changes open operations, which are chosen, and locked, first. */
function updateOpen(db: Db, choose: (open: OpenIds) => OpenIds, changed: UpdateObject<Database, 'operation'>) {
  return (
    db
      // Materialized: PostgreSQL may run a plain subquery more than once, and would then lock more rows than the limit.
      .with(
        (cte) => cte('chosen').materialized(),
        (cte) => choose(cte.selectFrom('operation').select('id').where('ended_at', 'is', null)),
      )
      .updateTable('operation')
      .set(changed)
      .where('id', 'in', (query) => query.selectFrom('chosen').select('chosen.id'))
  );
}

/** How long an unreadable operation stays open, so that a version that can read it may carry it. In milliseconds. */
const UNREADABLE_FOR_MS = 24 * 60 * 60_000;

/** An operation that no version has read for a day ends, for people to read. */
async function giveUpUnreadable(db: Transaction, rows: readonly OperationRow[], now: number): Promise<readonly Move[]> {
  const old = rows.filter((row) => row.created_at < now - UNREADABLE_FOR_MS && toOperations([row]).length === 0);
  const end = { state: 'failed', reason: 'other_version' } as const;
  const message = `${UNREADABLE_OPERATION}: it was given up after a day; look at the machine, EC2 may have been asked`;
  const moves = old
    .map(showOperation)
    .filter(isOpen)
    .map((shown) => moveOn(shown, { type: 'fail', reason: end.reason, message, at: now }, now));
  const ids = moves.map(({ after }) => after.id);
  // Only these columns: the others are the other version's, and are kept as they are.
  if (ids.length > 0)
    await db
      .updateTable('operation')
      .set({ ...end, message, ended_at: now, owner: null })
      .where('id', 'in', ids)
      .execute();
  return moves;
}

export async function renew(
  db: Db,
  owner: string,
  ids: readonly string[],
  until: number,
  concurrent: boolean,
): Promise<readonly string[]> {
  const renewed = await readChunks(ids.toSorted(), async (some) => {
    const own = (open: OpenIds): OpenIds =>
      open
        .where('id', 'in', some)
        .where('owner', '=', owner)
        .orderBy('id')
        .$if(concurrent, (rows) => rows.forNoKeyUpdate());
    return updateOpen(db, own, { available_at: until }).returning('id').execute();
  });
  return renewed.map(({ id }) => id);
}

/** Includes claimed operations: their owner keeps them, and renews its claim by the clock as it is now. */
export async function hasten(db: Db, latest: number, now: number, concurrent: boolean): Promise<void> {
  const late = (open: OpenIds): OpenIds =>
    open
      .where('available_at', '>', latest)
      .orderBy('id')
      .$if(concurrent, (rows) => rows.forNoKeyUpdate());
  await updateOpen(db, late, { available_at: now }).execute();
}

export async function nextDueAt(db: Db, verbs: readonly Verb[] = VERBS): Promise<number | undefined> {
  if (verbs.length === 0) return undefined;
  const next = await db
    .selectFrom('operation')
    .select('available_at')
    .where('ended_at', 'is', null)
    .where('verb', 'in', verbs)
    .orderBy('available_at')
    .limit(1)
    .executeTakeFirst();
  return next?.available_at;
}

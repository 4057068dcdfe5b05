/** Takes work that is due, and keeps it. */
import type { Kysely, Transaction } from 'kysely';
import { VERBS, type Verb } from '../domain/intent.ts';
import { moveOn, type Move } from '../domain/move.ts';
import { isOpen } from '../domain/operation.ts';
import { CHUNK, chunks } from './chunks.ts';
import type { Claim, Claimed } from './port.ts';
import { toOperations } from './rows.ts';
import type { Database, OperationRow } from './schema.ts';
import { showOperation, UNREADABLE_OPERATION } from './shown.ts';
import { appendTrail } from './trail.ts';

/**
 * A claim that has run out is simply due again: the work of a dead worker is taken over without asking after it.
 *
 * @param concurrent whether others may claim at the same moment: what they are about to take is passed over, not waited for
 */
export async function claim(
  db: Transaction<Database>,
  { owner, now, until, limit, verbs = VERBS }: Claim,
  concurrent: boolean,
): Promise<Claimed> {
  const rows = await db
    // Materialized: PostgreSQL may run a plain subquery more than once, and would then lock more rows than the limit.
    .with(
      (cte) => cte('due').materialized(),
      (cte) =>
        cte
          .selectFrom('operation')
          .select('id')
          .where('ended_at', 'is', null)
          .where('available_at', '<=', now)
          .where('verb', 'in', verbs)
          .orderBy('available_at')
          .limit(limit)
          .$if(concurrent, (due) => due.forNoKeyUpdate().skipLocked()),
    )
    .updateTable('operation')
    .set({ owner, available_at: until })
    .where('id', 'in', (query) => query.selectFrom('due').select('due.id'))
    .returningAll()
    .execute();
  const operations = toOperations(rows)
    .filter(isOpen)
    .sort((one, other) => (one.id < other.id ? -1 : 1));
  return { operations, moves: await giveUpUnreadable(db, rows, now) };
}

/** How long an unreadable operation stays open, so that a version that can read it may carry it. In milliseconds. */
const UNREADABLE_FOR_MS = 24 * 60 * 60_000;

/** An operation that no version has read for a day ends, for people to read. */
async function giveUpUnreadable(
  db: Transaction<Database>,
  rows: readonly OperationRow[],
  now: number,
): Promise<readonly Move[]> {
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
  await appendTrail(db, moves);
  return moves;
}

export async function renew(
  db: Kysely<Database>,
  owner: string,
  ids: readonly string[],
  until: number,
  concurrent: boolean,
): Promise<readonly string[]> {
  const renewed: string[] = [];
  for (const some of chunks(ids.toSorted(), CHUNK)) {
    const rows = await db
      .with(
        (cte) => cte('own').materialized(),
        (cte) =>
          cte
            .selectFrom('operation')
            .select('id')
            .where('id', 'in', some)
            .where('owner', '=', owner)
            .where('ended_at', 'is', null)
            .orderBy('id')
            .$if(concurrent, (own) => own.forNoKeyUpdate()),
      )
      .updateTable('operation')
      .set({ available_at: until })
      .where('id', 'in', (query) => query.selectFrom('own').select('own.id'))
      .returning('id')
      .execute();
    renewed.push(...rows.map(({ id }) => id));
  }
  return renewed;
}

/** Claims count too: whoever holds one is still the owner, and is asked to renew it by the clock as it is now. */
export async function hasten(db: Kysely<Database>, latest: number, now: number, concurrent: boolean): Promise<void> {
  await db
    .with(
      (cte) => cte('late').materialized(),
      (cte) =>
        cte
          .selectFrom('operation')
          .select('id')
          .where('ended_at', 'is', null)
          .where('available_at', '>', latest)
          .orderBy('id')
          .$if(concurrent, (late) => late.forNoKeyUpdate()),
    )
    .updateTable('operation')
    .set({ available_at: now })
    .where('id', 'in', (query) => query.selectFrom('late').select('late.id'))
    .execute();
}

export async function nextDueAt(db: Kysely<Database>, verbs: readonly Verb[] = VERBS): Promise<number | undefined> {
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

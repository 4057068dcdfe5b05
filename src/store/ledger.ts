/** Counts what the operator does of its own accord, and keeps it within its limits. */
import type { Kysely, Transaction } from 'kysely';
import type { Change } from '../domain/change.ts';
import type { Entered } from '../domain/decide-changes.ts';
import type { Act } from '../domain/limit.ts';
import { CHUNK, chunks } from './chunks.ts';
import type { Differences } from './differences.ts';
import type { Database, LedgerRow } from './schema.ts';

/** The acts that changes are limited by. With several replicas, they count one after the other. */
export async function readLimiting(
  transaction: Transaction<Database>,
  changes: readonly Change[],
  { lockLedger }: Pick<Differences, 'lockLedger'>,
): Promise<readonly Entered[]> {
  const limited = changes.flatMap(({ ledger = [], at }) =>
    ledger.flatMap(({ key, limit }) => (limit === undefined ? [] : [{ key, since: at - limit.perMs }])),
  );
  if (limited.length > 0) await lockLedger(transaction);
  const rows = await readRows(
    transaction,
    limited.map(({ key }) => key),
    Math.min(...limited.map(({ since }) => since)),
  );
  return rows.map(({ key, operation_id: operation, at }) => ({ key, operation, at }));
}

export async function enterActs(transaction: Transaction<Database>, entered: readonly Entered[]): Promise<void> {
  for (const some of chunks(entered, CHUNK)) {
    await transaction
      .insertInto('ledger')
      .values(some.map(({ key, operation, at }) => ({ key, operation_id: operation, at })))
      // Another try is an act of its own time: the place it had may be forgotten already.
      .onConflict((conflict) =>
        conflict.columns(['key', 'operation_id']).doUpdateSet((row) => ({ at: row.ref('excluded.at') })),
      )
      .execute();
  }
}

/** As `Store.acts`. */
export async function readActs(
  db: Kysely<Database>,
  keys: readonly string[],
  since: number,
): Promise<ReadonlyMap<string, readonly Act[]>> {
  const acts = new Map<string, Act[]>();
  for (const { key, operation_id: operation, at } of await readRows(db, keys, since)) {
    const known = acts.get(key) ?? [];
    known.push({ operation, at });
    acts.set(key, known);
  }
  return acts;
}

/** Oldest first. An operation that ended without EC2 having changed anything for it has forgotten that it acted. */
async function readRows(db: Kysely<Database>, keys: readonly string[], since: number): Promise<readonly LedgerRow[]> {
  const rows: LedgerRow[] = [];
  for (const some of chunks([...new Set(keys)], CHUNK)) {
    const found = await db
      .selectFrom('ledger')
      .innerJoin('operation', 'operation.id', 'ledger.operation_id')
      .selectAll('ledger')
      .where('ledger.key', 'in', some)
      .where('ledger.at', '>', since)
      .where((row) => row.or([row('operation.acted', 'is not', null), row('operation.ended_at', 'is', null)]))
      .orderBy('ledger.at')
      .execute();
    // One by one: a month of acts is more than a call takes as arguments.
    for (const row of found) rows.push(row);
  }
  return rows;
}

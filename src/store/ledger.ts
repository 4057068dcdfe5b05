/** Counts automatic acts for the limits on them. */
import type { Change } from '../domain/change.ts';
import type { Entered } from '../domain/decide-changes.ts';
import type { Act } from '../domain/limit.ts';
import { chunks, readChunks } from './chunks.ts';
import type { Differences } from './differences.ts';
import type { Db, Transaction } from './schema.ts';

/** The acts that count for the limits of these changes. With several replicas, they count one after the other. */
export async function readLimiting(
  transaction: Transaction,
  changes: readonly Change[],
  { lockLedger }: Pick<Differences, 'lockLedger'>,
): Promise<readonly Entered[]> {
  const limited = changes.flatMap(({ ledger = [], at }) =>
    ledger.flatMap(({ key, limit }) => (limit === undefined ? [] : [{ key, since: at - limit.perMs }])),
  );
  if (limited.length > 0) await lockLedger(transaction);
  return readEntered(
    transaction,
    limited.map(({ key }) => key),
    Math.min(...limited.map(({ since }) => since)),
  );
}

export async function enterActs(transaction: Transaction, entered: readonly Entered[]): Promise<void> {
  for (const some of chunks(entered)) {
    await transaction
      .insertInto('ledger')
      .values(some.map(({ key, operation, at }) => ({ key, operation_id: operation, at })))
      // A retry counts at its own time: its first entry may be out of the limit's time already.
      .onConflict((conflict) =>
        conflict.columns(['key', 'operation_id']).doUpdateSet((row) => ({ at: row.ref('excluded.at') })),
      )
      .execute();
  }
}

/** As `Store.acts`. */
export async function readActs(
  db: Db,
  keys: readonly string[],
  since: number,
): Promise<ReadonlyMap<string, readonly Act[]>> {
  const byKey = Map.groupBy(await readEntered(db, keys, since), ({ key }) => key);
  return new Map([...byKey].map(([key, acts]) => [key, acts.map(withoutKey)]));
}

function withoutKey({ operation, at, planned }: Entered): Act {
  return { operation, at, ...(planned === undefined ? {} : { planned }) };
}

/** Frees the places of stops that have not acted. */
export async function leaveLedger(transaction: Transaction, operations: readonly string[]): Promise<void> {
  for (const some of chunks(operations.toSorted()))
    await transaction.deleteFrom('ledger').where('operation_id', 'in', some).execute();
}

/** Oldest first. An operation that ended without a change in EC2 does not count: its `acted` is empty. */
async function readEntered(db: Db, keys: readonly string[], since: number): Promise<readonly Entered[]> {
  const rows = await readChunks(keys, async (some) =>
    db
      .selectFrom('ledger')
      .innerJoin('operation', 'operation.id', 'ledger.operation_id')
      .select(['ledger.key', 'ledger.operation_id as operation', 'ledger.at', 'operation.acted'])
      .where('ledger.key', 'in', some)
      .where('ledger.at', '>', since)
      .where((row) => row.or([row('operation.acted', 'is not', null), row('operation.ended_at', 'is', null)]))
      .orderBy('ledger.at')
      .execute(),
  );
  return rows.map(({ key, operation, at, acted }) => ({
    key,
    operation,
    at,
    ...(acted === null ? { planned: true } : {}),
  }));
}

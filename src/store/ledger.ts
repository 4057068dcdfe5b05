/** Counts what the operator does of its own accord, and keeps it within its limits. */
import type { Kysely, Transaction } from 'kysely';
import { waitFor, type Act, type Limit } from '../domain/limit.ts';
import { CHUNK, chunks } from './chunks.ts';
import type { Differences } from './differences.ts';
import type { Change, Settled } from './port.ts';
import type { Database, LedgerRow } from './schema.ts';

/** Within one transaction: what it has let through counts for what follows. */
export interface Ledger {
  /** What stands in the way of a change, if anything does. */
  readonly findObstacle: (change: Change) => Extract<Settled, { outcome: 'limited' }> | undefined;
  /** Counts a change that is written. */
  readonly enter: (change: Change) => void;
  /** Writes what was entered. */
  readonly write: () => Promise<void>;
}

/** Reads all that the changes are limited by. With several replicas, they count one after the other. */
export async function openLedger(
  transaction: Transaction<Database>,
  changes: readonly Change[],
  { lockLedger }: Pick<Differences, 'lockLedger'>,
): Promise<Ledger> {
  const limited = changes.flatMap(({ ledger = [], at }) =>
    ledger.flatMap(({ key, limit }) => (limit === undefined ? [] : [{ key, since: at - limit.perMs }])),
  );
  if (limited.length > 0) await lockLedger(transaction);
  const known = await readRows(
    transaction,
    limited.map(({ key }) => key),
    Math.min(...limited.map(({ since }) => since)),
  );
  const fresh: LedgerRow[] = [];

  const isFull = (key: string, limit: Limit, { after, at }: Change): number | undefined => {
    const rows = [...known, ...fresh].filter((row) => row.key === key);
    // It has its place already: this is another try.
    if (rows.some((row) => row.operation_id === after.id)) return undefined;
    return waitFor(
      limit,
      rows.map((row) => row.at),
      at,
    );
  };

  return {
    findObstacle: (change) => {
      for (const { key, limit } of change.ledger ?? []) {
        const until = limit === undefined ? undefined : isFull(key, limit, change);
        if (limit !== undefined && until !== undefined) return { outcome: 'limited', limit, until };
      }
      return undefined;
    },
    enter: ({ ledger = [], after, at }) => {
      // Two limits can be on the same machines, one for the hour and one for the day: one act all the same.
      const keys = new Set(ledger.map(({ key }) => key));
      for (const key of keys) fresh.push({ key, operation_id: after.id, at });
    },
    write: async () => {
      for (const rows of chunks(fresh, CHUNK)) {
        await transaction
          .insertInto('ledger')
          .values(rows)
          // Another try is an act of its own time: the place it had may be forgotten already.
          .onConflict((conflict) =>
            conflict.columns(['key', 'operation_id']).doUpdateSet((row) => ({ at: row.ref('excluded.at') })),
          )
          .execute();
      }
    },
  };
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

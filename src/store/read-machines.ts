/** Reads and locks the rows of machines. */
import { readChunks } from './chunks.ts';
import type { SeenMachineRow, ShownMachineRow } from './machine-schema.ts';
import type { Db, Transaction } from './schema.ts';

/** @returns in no order; ids that are unknown are left out */
export async function readMachines(db: Db, ids: readonly string[]): Promise<readonly SeenMachineRow[]> {
  return readChunks(ids, async (some) =>
    db
      .selectFrom('machine')
      .innerJoin('machine_seen', 'machine_seen.machine_id', 'machine.id')
      .selectAll('machine')
      .select('machine_seen.seen_at')
      .where('machine.id', 'in', some)
      .execute(),
  );
}

/** As `readMachines`, of the columns that lists show: a thousand rows take the longer, the more columns they have. */
export async function readShown(db: Db, ids: readonly string[]): Promise<readonly ShownMachineRow[]> {
  return readChunks(ids, async (some) =>
    db
      .selectFrom('machine')
      .innerJoin('machine_seen', 'machine_seen.machine_id', 'machine.id')
      .select(SHOWN)
      .where('machine.id', 'in', some)
      .execute(),
  );
}

/** The columns of a machine that lists show and the watch compares. */
export const COLUMNS = [
  'place',
  'state',
  'type',
  'availability_zone',
  'launched_at',
  'tags',
  'lifecycle',
  'managed_by',
  'billing',
  'committed',
  'elastic_ips',
  'name',
  'owner',
  'since_at',
  'cause_by',
  'cause_operation',
  'cause_detail',
  'forgotten_at',
] as const satisfies (keyof ShownMachineRow)[];

const SHOWN = ['id', ...COLUMNS, 'volumes', 'seen_at'] as const satisfies (keyof ShownMachineRow)[];

/**
 * Keeps every other transaction from writing these machines until this one has ended. Read them afterwards: what was read before, or
 * with the lock, may be older. A lock is written where the row is, so the narrow rows are locked.
 */
export async function lockMachines(
  transaction: Transaction,
  ids: readonly string[],
  concurrent: boolean,
): Promise<void> {
  if (!concurrent) return;
  // In the order of the ids, so that no two transactions wait for each other.
  await readChunks(ids.toSorted(), async (some) =>
    transaction
      .selectFrom('machine_seen')
      .select('machine_id')
      .where('machine_id', 'in', some)
      .orderBy('machine_id')
      .forNoKeyUpdate()
      .execute(),
  );
}

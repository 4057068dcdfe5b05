import type { Kysely } from 'kysely';
import { createIndexes } from '../create-indexes.ts';

/** When people wanted which machine: what stops cost them is computed from it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('wish')
    // The operation itself is deleted earlier.
    .addColumn('operation_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('instance_id', 'text', (column) => column.notNull())
    .addColumn('who', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
  await createIndexes(db, 'index wish_of_machine on wish (instance_id, at)', 'index wish_at on wish (at)');
}

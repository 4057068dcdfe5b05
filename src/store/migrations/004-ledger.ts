import type { Kysely } from 'kysely';
import { createIndexes } from '../create-indexes.ts';

/** Automatic acts, counted by what they are limited by; and how long a guard has held an operation back. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('operation').addColumn('held_until', 'bigint').execute();

  await db.schema
    .createTable('ledger')
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('operation_id', 'text', (column) => column.notNull().references('operation.id').onDelete('cascade'))
    .addColumn('at', 'bigint', (column) => column.notNull())
    // An operation that is tried again is still one act.
    .addPrimaryKeyConstraint('ledger_once', ['key', 'operation_id'])
    .execute();
  await createIndexes(
    db,
    'index ledger_lately on ledger (key, at)',
    // Deleting an operation looks its entries up.
    'index ledger_operation on ledger (operation_id)',
  );
}

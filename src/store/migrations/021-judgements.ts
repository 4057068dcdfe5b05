import type { Kysely } from 'kysely';
import { createIndexes } from '../create-indexes.ts';

/** What decisions were judged by: each of them once, however often it was the same. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('circumstances')
    .addColumn('digest', 'text', (column) => column.primaryKey().notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('judged_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('settings_version')
    .addColumn('version', 'text', (column) => column.primaryKey().notNull())
    .addColumn('content', 'text', (column) => column.notNull())
    .addColumn('since_at', 'bigint', (column) => column.notNull())
    .addColumn('used_at', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('judgement')
    // The operation itself is deleted earlier.
    .addColumn('operation_id', 'text', (column) => column.notNull())
    .addColumn('circumstances', 'text', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('launched_at', 'bigint', (column) => column.notNull())
    .addColumn('first_at', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .addColumn('times', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('judgement_pkey', ['operation_id', 'circumstances', 'settings'])
    .execute();
  await createIndexes(
    db,
    'index circumstances_judged on circumstances (judged_at)',
    'index settings_version_used on settings_version (used_at)',
    'index judgement_last on judgement (last_at)',
  );
}

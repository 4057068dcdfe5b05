import type { Kysely } from 'kysely';
import { createIndexes } from '../create-indexes.ts';
import type { Differences } from '../differences.ts';

/** What alerts have asked for, and for how long. */
export async function up(db: Kysely<unknown>, { counter }: Pick<Differences, 'counter'>): Promise<void> {
  await db.schema
    .createTable('alert_span')
    .addColumn('id', counter.type, (column) => counter.define(column).primaryKey())
    // Of the latest stretch alone, so that it is found without the others.
    .addColumn('latest_key', 'text', (column) => column.unique())
    .addColumn('rule', 'text', (column) => column.notNull())
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .addColumn('asked', 'text', (column) => column.notNull())
    .addColumn('instance_id', 'text')
    .addColumn('place', 'text')
    // The operation itself is deleted earlier.
    .addColumn('operation_id', 'text', (column) => column.notNull())
    .addColumn('since_at', 'bigint', (column) => column.notNull())
    .addColumn('until_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint', (column) => column.notNull())
    .addColumn('ending', 'text')
    .addColumn('starts_at', 'bigint')
    .addColumn('again_at', 'bigint')
    .addColumn('heard', 'integer', (column) => column.notNull())
    .execute();
  await createIndexes(
    db,
    'index alert_span_ended on alert_span (ended_at)',
    'index alert_span_of_machine on alert_span (instance_id, ended_at) where instance_id is not null',
    'index alert_span_without_place on alert_span (operation_id) where place is null',
  );
}

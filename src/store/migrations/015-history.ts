import type { Kysely } from 'kysely';
import { createIndexes } from '../create-indexes.ts';
import { LASTS } from '../machine-schema.ts';

/** The stops of ours, from which savings and regret are computed. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('stop')
    // The operation itself is deleted earlier.
    .addColumn('operation_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('instance_id', 'text', (column) => column.notNull())
    .addColumn('place', 'text', (column) => column.notNull())
    .addColumn('name', 'text')
    .addColumn('owner', 'text')
    .addColumn('type', 'text')
    .addColumn('cause_by', 'text', (column) => column.notNull())
    .addColumn('rule', 'text', (column) => column.notNull())
    .addColumn('stopped_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .addColumn('back_by', 'text')
    .addColumn('back_who', 'text')
    .addColumn('wanted_at', 'bigint')
    .addColumn('ready_at', 'bigint')
    .addColumn('used_at', 'bigint')
    .addColumn('price', 'text')
    .addColumn('bills_on', 'double precision')
    .addColumn('committed', 'text')
    .execute();
  await createIndexes(
    db,
    `unique index stop_lasts on stop (instance_id) where ended_at = ${LASTS}`,
    'index stop_of_machine on stop (instance_id, ended_at)',
    'index stop_ended on stop (ended_at)',
    'index stop_changed on stop (changed_at, operation_id)',
  );
}

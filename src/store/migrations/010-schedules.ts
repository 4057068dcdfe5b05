import type { Kysely } from 'kysely';

/** The schedules that stop leased machines if the operator is gone. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('schedule')
    .addColumn('instance_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('place', 'text', (column) => column.notNull())
    .addColumn('schedule_group', 'text', (column) => column.notNull())
    .addColumn('role_arn', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('is_sure', 'integer', (column) => column.notNull())
    .addColumn('owner', 'text')
    .addColumn('claimed_until', 'bigint')
    .execute();
}

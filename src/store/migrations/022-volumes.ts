import type { Kysely } from 'kysely';

/** What a machine goes on costing while it is stopped. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('machine').addColumn('elastic_ips', 'integer').execute();
  await db.schema.alterTable('machine').addColumn('volumes', 'text').execute();
  await db.schema.alterTable('machine').addColumn('volumes_at', 'bigint').execute();
}

import type { Kysely } from 'kysely';

/** Whose machine it is, and the guard that holds a dry run back, for the summary of dry runs. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('operation').addColumn('instance_owner', 'text').execute();
  await db.schema.alterTable('operation').addColumn('held_by', 'text').execute();
}

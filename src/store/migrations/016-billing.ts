import type { Kysely } from 'kysely';

/** How EC2 bills machines, also those of operations, and the capacity that was bought for them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('machine').addColumn('billing', 'text').execute();
  await db.schema.alterTable('machine').addColumn('committed', 'text').execute();
  await db.schema.alterTable('operation').addColumn('billing', 'text').execute();
}

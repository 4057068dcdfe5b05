import type { Kysely } from 'kysely';

/** When an operation's call was handed to the client of EC2. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('operation').addColumn('sent_at', 'bigint').execute();
}

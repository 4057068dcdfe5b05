import type { Kysely } from 'kysely';

/** What AWS's Pricing API has told. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('list_price')
    .addColumn('key', 'text', (column) => column.primaryKey().notNull())
    // Null: AWS lists no such machine, or more than one.
    .addColumn('per_hour', 'double precision')
    .addColumn('told_at', 'bigint', (column) => column.notNull())
    .execute();
}

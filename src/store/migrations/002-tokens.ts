import type { Kysely } from 'kysely';
import { sql } from 'kysely';

/** Tokens that were made by `ec2-operator token create`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('token')
    .addColumn('sha256', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('selector', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .execute();

  // A name is free again once its token is revoked, and the revoked one stays on record.
  await db.schema
    .createIndex('token_name')
    .unique()
    .on('token')
    .column('name')
    .where(sql.ref('revoked_at'), 'is', null)
    .execute();
}

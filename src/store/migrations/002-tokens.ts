import type { Kysely } from 'kysely';
import { createIndexes } from '../create-indexes.ts';

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

  // A name is free again once its token is revoked, and the revoked token stays on record.
  await createIndexes(db, 'unique index token_name on token (name) where revoked_at is null');
}

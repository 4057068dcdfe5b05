/** Brings a database to the schema of this version. */
import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import * as operations from './migrations/001-operations.ts';
import type { Database } from './schema.ts';

/** In this order, for ever: a migration that has been released is never changed. */
const MIGRATIONS = { '001-operations': operations } as const;

/** @throws when a migration fails, or when the database was written by a newer version than this one */
export async function migrate(db: Kysely<Database>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => Promise.resolve({ ...MIGRATIONS }) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined)
    throw new Error('the database could not be brought to the schema of this version', { cause: error });
}

/** Brings a database to the schema of this version. */
import type { Kysely } from 'kysely';
import { DEFAULT_MIGRATION_TABLE, Migrator, type Migration } from 'kysely/migration';
import type { Differences } from './differences.ts';
import * as operations from './migrations/001-operations.ts';
import * as tokens from './migrations/002-tokens.ts';
import * as audit from './migrations/003-audit.ts';
import * as ledger from './migrations/004-ledger.ts';
import * as words from './migrations/005-words.ts';
import * as lists from './migrations/006-lists.ts';
import { StoreUnavailableError } from './port.ts';
import type { Database } from './schema.ts';

/** In this order, for ever: a migration that has been released is never changed. */
const MIGRATIONS = {
  '001-operations': operations,
  '002-tokens': tokens,
  '003-audit': audit,
  '004-ledger': ledger,
  '005-words': words,
  '006-lists': lists,
} as const;

/** Told the names of the migrations that were applied; none when the schema was up to date. */
export type OnMigrated = (applied: readonly string[]) => void;

/**
 * Safe to be called by several replicas at once: Kysely lets one of them migrate and the others wait for it.
 *
 * @returns the names of the migrations that were applied
 * @throws with a sentence that says what to do when a newer version has migrated the database, or when a migration fails
 */
export async function migrate(
  db: Kysely<Database>,
  differences: Pick<Differences, 'counter'>,
): Promise<readonly string[]> {
  const migrations = Object.fromEntries(
    Object.entries(MIGRATIONS).map(([name, { up }]): [string, Migration] => [
      name,
      { up: async (inner) => up(inner, differences) },
    ]),
  );
  const migrator = new Migrator({ db, provider: { getMigrations: async () => Promise.resolve(migrations) } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error === undefined) return results.map(({ migrationName }) => migrationName);
  const newer = await findNewer(db).catch(() => undefined);
  if (newer !== undefined) {
    const what = 'Run the newer version, or restore the backup from before the upgrade';
    throw new Error(`${belongsToNewer(newer)}. ${what}`, { cause: error });
  }
  const why = error instanceof Error ? ` (${error.message})` : '';
  throw new Error(`the database could not be brought to the schema of this version${why}`, { cause: error });
}

/**
 * A replica that others have overtaken is not ready, and does not act any more: what the newer version writes may say that
 * a machine is to be left alone, in words that this one does not read.
 *
 * @throws StoreUnavailableError when a newer version has migrated the database since it was opened
 */
export async function refuseNewer(db: Kysely<Database>, cause?: unknown): Promise<void> {
  const newer = await findNewer(db);
  if (newer === undefined) return;
  throw new StoreUnavailableError(`${belongsToNewer(newer)}. This replica waits to be replaced`, { cause });
}

function belongsToNewer(migration: string): string {
  return `the database belongs to a newer version of ec2-operator: it has the migration ${migration}, which this version does not know`;
}

/** The first migration in the database that this version does not have. Kysely calls such a database corrupted. */
async function findNewer(db: Kysely<Database>): Promise<string | undefined> {
  const rows = await db
    .withTables<{ [DEFAULT_MIGRATION_TABLE]: { name: string } }>()
    .selectFrom(DEFAULT_MIGRATION_TABLE)
    .select('name')
    .orderBy('name')
    .execute();
  return rows.find(({ name }) => !Object.hasOwn(MIGRATIONS, name))?.name;
}

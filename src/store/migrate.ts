/** Brings a database to the schema of this version. */
import { DEFAULT_MIGRATION_TABLE, Migrator, type Migration } from 'kysely/migration';
import type { Differences } from './differences.ts';
import * as operations from './migrations/001-operations.ts';
import * as tokens from './migrations/002-tokens.ts';
import * as audit from './migrations/003-audit.ts';
import * as ledger from './migrations/004-ledger.ts';
import * as words from './migrations/005-words.ts';
import * as lists from './migrations/006-lists.ts';
import * as overridden from './migrations/007-overridden.ts';
import * as sent from './migrations/008-sent.ts';
import * as voice from './migrations/009-voice.ts';
import * as schedules from './migrations/010-schedules.ts';
import * as owners from './migrations/011-owners.ts';
import * as notices from './migrations/012-notices.ts';
import * as machines from './migrations/013-machines.ts';
import * as auditOfMachine from './migrations/014-audit-of-machine.ts';
import * as history from './migrations/015-history.ts';
import * as billing from './migrations/016-billing.ts';
import * as alertSpans from './migrations/017-alert-spans.ts';
import * as wishes from './migrations/018-wishes.ts';
import * as repetitions from './migrations/019-repetitions.ts';
import * as listPrices from './migrations/020-list-prices.ts';
import * as circumstances from './migrations/021-judgements.ts';
import * as volumes from './migrations/022-volumes.ts';
import * as machineOrder from './migrations/023-machine-order.ts';
import * as readings from './migrations/024-readings.ts';
import { StoreUnavailableError } from './port.ts';
import type { Db } from './schema.ts';

/** In this order for ever: a released migration is never changed. */
const MIGRATIONS = {
  '001-operations': operations,
  '002-tokens': tokens,
  '003-audit': audit,
  '004-ledger': ledger,
  '005-words': words,
  '006-lists': lists,
  '007-overridden': overridden,
  '008-sent': sent,
  '009-voice': voice,
  '010-schedules': schedules,
  '011-owners': owners,
  '012-notices': notices,
  '013-machines': machines,
  '014-audit-of-machine': auditOfMachine,
  '015-history': history,
  '016-billing': billing,
  '017-alert-spans': alertSpans,
  '018-wishes': wishes,
  '019-repetitions': repetitions,
  '020-list-prices': listPrices,
  '021-judgements': circumstances,
  '022-volumes': volumes,
  '023-machine-order': machineOrder,
  '024-readings': readings,
} as const;

/** Gets the names of the migrations that were applied; none when the schema was up to date. */
export type OnMigrated = (applied: readonly string[]) => void;

/**
 * Several replicas may call it at once: Kysely lets one of them migrate while the others wait.
 *
 * @returns the names of the migrations that were applied
 * @throws Error whose message says what to do, when a newer version has migrated the database or a migration fails
 */
export async function migrate(
  db: Db,
  differences: Pick<Differences, 'counter'> & Partial<Pick<Differences, 'concurrent'>>,
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
    // A newer version that never worked on the database has written nothing that this one cannot read.
    if (differences.concurrent === true && !newer.isInForce && newer.hasAllOfOurs) return [];
    const what = 'Run the newer version, or restore the backup from before the upgrade';
    throw new Error(`${belongsToNewer(newer.migration)}. ${what}`, { cause: error });
  }
  const why = error instanceof Error ? ` (${error.message})` : '';
  throw new Error(`the database could not be brought to the schema of this version${why}`, { cause: error });
}

/**
 * Stops this replica once a newer version works on the database: rows of the newer version may say, in a form that this one cannot
 * read, that a machine is to be left alone. A newer version that never came up has written nothing, so this replica goes on.
 *
 * @param cause the error on a database that a newer version has migrated; then the newer version need not have come up
 * @throws StoreUnavailableError when a newer version has migrated the database, and works on it or may still come up
 */
export async function refuseNewer(db: Db, cause?: unknown): Promise<void> {
  const newer = await findNewer(db);
  if (newer === undefined || (cause === undefined && !newer.isInForce)) return;
  throw new StoreUnavailableError(
    `${belongsToNewer(newer.migration)}. This replica waits to be replaced; if none of the newer version begins to work within 5 minutes of its migration, it goes on`,
    { cause },
  );
}

/** Tells older replicas that this version works on the database. */
export async function sayServing(db: Db): Promise<void> {
  const newest = Object.keys(MIGRATIONS).at(-1) ?? '';
  await db
    .insertInto('setting')
    .values({ key: `${SERVING}${newest}`, value: new Date().toISOString() })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
}

const SERVING = 'serving ';

/** How long after its migration a newer version may take to come up, in milliseconds. */
const COMING_UP_MS = 5 * 60_000;

function belongsToNewer(migration: string): string {
  return `the database belongs to a newer version of ec2-operator: it has the migration ${migration}, which this version does not know`;
}

interface Newer {
  /** The first migration that this version does not have. Kysely calls such a database corrupted. */
  readonly migration: string;
  /** Whether a replica of the newer version works, or may still come up. */
  readonly isInForce: boolean;
  readonly hasAllOfOurs: boolean;
}

async function findNewer(db: Db): Promise<Newer | undefined> {
  const rows = await db
    .withTables<{ [DEFAULT_MIGRATION_TABLE]: { name: string; timestamp: string } }>()
    .selectFrom(DEFAULT_MIGRATION_TABLE)
    .select(['name', 'timestamp'])
    .orderBy('name')
    .execute();
  const unknown = rows.filter(({ name }) => !isOurs(name));
  const [first] = unknown;
  if (first === undefined) return undefined;
  const names = new Set(rows.map(({ name }) => name));
  const isComingUp = unknown.some(({ timestamp }) => !(Date.now() - Date.parse(timestamp) > COMING_UP_MS));
  const serving = await db.selectFrom('setting').select('key').where('key', 'like', `${SERVING}%`).execute();
  return {
    migration: first.name,
    isInForce: isComingUp || serving.some(({ key }) => !isOurs(key.slice(SERVING.length))),
    hasAllOfOurs: Object.keys(MIGRATIONS).every((name) => names.has(name)),
  };
}

function isOurs(name: string): boolean {
  return Object.hasOwn(MIGRATIONS, name);
}

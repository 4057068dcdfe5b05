/** The store for several replicas, which share one PostgreSQL database. */
import { hash } from 'node:crypto';
import { Kysely, sql } from 'kysely';
import pg from 'pg';
import type { Differences } from './differences.ts';
import { migrate } from './migrate.ts';
import { GoneError } from './locks.ts';
import type { OpenOptions } from './open-options.ts';
import { StoreUnavailableError, type Store } from './port.ts';
import { announceNotices, announceWork, listenForOthers } from './postgres-listen.ts';
import { postgresDialect } from './postgres-dialect.ts';
import {
  clientConfig,
  openPool,
  PATIENT,
  refusedParameter,
  refusesTimeouts,
  TIMEOUTS,
  type Timeouts,
} from './postgres-pool.ts';
import type { Database, Db, Transaction } from './schema.ts';
import { createSqlStore } from './sql-store.ts';

/**
 * Opens the store in the database that the URL names, and migrates it to the schema of this version.
 *
 * @throws StoreUnavailableError when the database cannot be reached; Error when the URL or the database's content is not usable.
 *   Messages contain only the URL's host: the URL may hold a password.
 */
export async function openPostgresStore(
  url: string,
  timeouts: Timeouts = TIMEOUTS,
  { onMigrated, noticesOf }: Omit<OpenOptions, 'onPermissions'> = {},
): Promise<Store> {
  const host = readHost(url);
  const pooled = await refusesTimeouts(url, timeouts);
  const patient = new Kysely<Database>({
    dialect: postgresDialect(openPool(url, PATIENT, { pooled, max: 1 }), PATIENT),
  });
  try {
    await sql`select 1`.execute(patient).catch((error: unknown) => {
      const refused = refusedParameter(error instanceof StoreUnavailableError ? error.cause : error);
      if (refused !== undefined)
        throw new StoreUnavailableError(
          `the pooler at ${host} refuses the parameter ${refused}: remove it from DATABASE_URL and PGOPTIONS, or add it to ignore_startup_parameters of PgBouncer`,
          { cause: error },
        );
      throw new StoreUnavailableError(cannotUse(host, reasonOf(error)), { cause: error });
    });
    const applied = await migrate(patient, { counter: COUNTER, concurrent: true });
    onMigrated?.(applied);
  } finally {
    await patient.destroy();
  }
  const db = new Kysely<Database>({ dialect: postgresDialect(openPool(url, timeouts, { pooled }), timeouts) });
  const differences: Differences = {
    counter: COUNTER,
    concurrent: true,
    relaxed,
    lockInstances,
    lockWork,
    lockLedger,
    sharePauses,
    lockPauses,
    announceWork,
    announceNotices,
    ...listenForOthers(clientConfig(url, timeouts, pooled)),
    isConflict,
    isUnavailable,
  };
  return createSqlStore(db, differences, noticesOf);
}

const COUNTER: Differences['counter'] = {
  type: 'bigint',
  define: (column) => column.generatedAlwaysAsIdentity(),
};

function readHost(url: string): string {
  const { protocol, host } = URL.parse(url) ?? {};
  if (protocol === 'postgres:' || protocol === 'postgresql:')
    return host === undefined || host === '' ? 'localhost' : host;
  throw new Error(
    'expected DATABASE_URL to be like postgres://user:password@host:5432/database, with special characters in the password percent-encoded; its value is not shown, because it may hold a password',
  );
}

/** The error of several addresses at once has no message, only a code. */
function reasonOf(error: unknown): string {
  const cause = error instanceof StoreUnavailableError ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  if (cause.message !== '') return cause.message;
  return 'code' in cause ? String(cause.code) : cause.name;
}

async function relaxed<T>(db: Db, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (transaction) => {
    await sql`set local synchronous_commit = off`.execute(transaction);
    return work(transaction);
  });
}

/** In the order of the ids, so that no two transactions wait for each other. */
async function lockInstances(transaction: Transaction, ids: readonly string[]): Promise<void> {
  const ordered = [...new Set(ids)].sort();
  await sql`select pg_advisory_xact_lock(hashtextextended(id, 0)) from unnest(${ordered}::text[]) as id`.execute(
    transaction,
  );
}

/** A number that no other lock of ours is likely to have. */
const WORK_LOCK = 0x77_6f_72_6b;

/**
 * Each key takes one of 256 locks, ascending: a lock per key would fill PostgreSQL's lock table with a delivery of ten thousand alerts.
 * Most deliveries still do not wait for each other.
 */
async function lockWork(transaction: Transaction, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const locks = [...new Set(keys.map((key) => Number.parseInt(hash('sha1', key).slice(0, 2), 16)))].sort(
    (one, other) => one - other,
  );
  await sql`select pg_advisory_xact_lock(${WORK_LOCK}::int, number) from unnest(${locks}::int[]) as number`.execute(
    transaction,
  );
}

const LEDGER_LOCK = 0x6c_65_64_67;

async function lockLedger(transaction: Transaction): Promise<void> {
  await sql`select pg_advisory_xact_lock(${LEDGER_LOCK}::bigint)`.execute(transaction);
}

const PAUSE_LOCK = 0x70_61_75_73;

async function sharePauses(transaction: Transaction): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${PAUSE_LOCK}::bigint)`.execute(transaction);
}

async function lockPauses(transaction: Transaction): Promise<void> {
  await sql`select pg_advisory_xact_lock(${PAUSE_LOCK}::bigint)`.execute(transaction);
}

/** SQLSTATE codes and classes (postgresql.org/docs/current/errcodes-appendix.html). */
const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';

/** Rows that two transactions may write at once: the second then finds that of the first. */
const RACED = ['operation_open_work', 'link_key_signing', 'audit_repeats', 'alert_span_latest_key_key'] as const;

function isConflict(error: unknown): boolean {
  if (error instanceof GoneError) return true;
  if (!(error instanceof pg.DatabaseError)) return false;
  if (error.code === UNIQUE_VIOLATION) return RACED.some((name) => name === error.constraint);
  // The operation that the row refers to was pruned meanwhile.
  if (error.code === FOREIGN_KEY_VIOLATION) return true;
  return error.code === SERIALIZATION_FAILURE || error.code === DEADLOCK_DETECTED;
}

const UNAVAILABLE = [
  '08', // connection exception
  '25006', // read-only: a standby, or a server that was demoted
  '25P03', // our transaction was idle for too long
  '28', // the password or the permission to connect was taken away
  '3D000', // no such database any more
  '53', // disk full, out of memory, too many connections
  '55P03', // lock not available
  '57', // shut down, starting up, crashed, or a statement that took too long
  '58', // the server's own disk
] as const;

/** Includes conflicts that did not end. */
function isUnavailable(error: unknown): boolean {
  if (isConflict(error)) return true;
  if (!(error instanceof pg.DatabaseError)) return false;
  const { code = '' } = error;
  return UNAVAILABLE.some((start) => code.startsWith(start));
}

/** OpenSSL's and Node's words for a certificate that they do not trust. */
const UNTRUSTED = /self[- ]signed|unable to (?:verify|get)|certificate|altnames/i;

function cannotUse(host: string, reason: string): string {
  if (UNTRUSTED.test(reason)) {
    return `cannot use PostgreSQL at ${host} (${reason}): its certificate is not trusted; add sslmode=verify-full&sslrootcert=FILE to DATABASE_URL, where FILE has the server's certificate authority in PEM (RDS: global-bundle.pem), and use the host name that the certificate is for`;
  }
  return `cannot use PostgreSQL at ${host} (${reason}): check DATABASE_URL, and that the server is running`;
}

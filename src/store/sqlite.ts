/** The embedded store: one file, one process, no server. */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { Kysely, sql } from 'kysely';
import type { Differences } from './differences.ts';
import { migrate } from './migrate.ts';
import type { OpenOptions } from './open-options.ts';
import type { Store } from './port.ts';
import type { Database, Db, Transaction } from './schema.ts';
import { keepPrivate, type OnPermissions } from './sqlite-file.ts';
import { createSqlStore } from './sql-store.ts';
import { openSqliteFile, sqliteDialect } from './sqlite-dialect.ts';

/**
 * Opens the store in a directory, which is created when it is missing. Only this user can read the files.
 *
 * @throws Error whose message says what to do, when another process holds the file or the directory cannot be written
 */
export async function openSqliteStore(
  directory: string,
  { onMigrated, onPermissions, noticesOf }: OpenOptions = {},
): Promise<Store> {
  const file = path.join(directory, 'ec2-operator.sqlite');
  const db = new Kysely<Database>({ dialect: sqliteDialect(openOrExplain(directory, file, onPermissions)) });
  try {
    const applied = await migrate(db, DIFFERENCES);
    onMigrated?.(applied);
    await releaseClaims(db);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return createSqlStore(db, DIFFERENCES, noticesOf);
}

/** A process runs one transaction at a time: nothing needs a lock, and no other process needs to be told. */
const DIFFERENCES: Differences = {
  counter: { type: 'integer', define: (column) => column.autoIncrement() },
  concurrent: false,
  relaxed,
  lockInstances: async () => Promise.resolve(),
  lockWork: async () => Promise.resolve(),
  lockLedger: async () => Promise.resolve(),
  sharePauses: async () => Promise.resolve(),
  lockPauses: async () => Promise.resolve(),
  announceWork: async () => Promise.resolve(),
  announceNotices: async () => Promise.resolve(),
  onWork: () => () => undefined,
  onNotices: () => () => undefined,
  sendHint: async () => Promise.resolve(),
  onHint: () => () => undefined,
  isConflict: () => false,
  isUnavailable,
  close: async () => Promise.resolve(),
};

/** SQLite flushes at every commit. The setting can change only between transactions. */
async function relaxed<T>(db: Db, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  return db.connection().execute(async (connection) => {
    await sql`pragma synchronous = normal`.execute(connection);
    try {
      return await connection.transaction().execute(work);
    } finally {
      await sql`pragma synchronous = full`.execute(connection);
    }
  });
}

function openOrExplain(
  directory: string,
  file: string,
  onPermissions?: OnPermissions,
): ReturnType<typeof openSqliteFile> {
  try {
    makeDirectory(path.resolve(directory));
    const told = keepPrivate(file);
    if (told !== undefined) onPermissions?.(told);
    return openSqliteFile(file);
  } catch (error) {
    throw new Error(explain(error, directory, file), { cause: error });
  }
}

/** Directories are made one at a time: Node's recursive `mkdir` never returns on a file system such as /proc. */
function makeDirectory(directory: string): void {
  const parent = path.dirname(directory);
  if (existsSync(directory) || parent === directory) return;
  makeDirectory(parent);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    // Another process may have created it.
    if (!existsSync(directory)) throw error;
  }
}

function explain(error: unknown, directory: string, file: string): string {
  if (errcodeOf(error) === SQLITE.busy) {
    return `${file} is in use by another process: SQLite serves one. Stop the other one, or set DATABASE_URL for several replicas`;
  }
  const why = error instanceof Error ? error.message : String(error);
  return `cannot open the database in ${directory} (${why}): set DATA_DIR to a directory that this user can write`;
}

/** Only this process has the file, so all earlier workers are dead: their operations and notices are due now, and the watch is free. */
async function releaseClaims(db: Db): Promise<void> {
  await db
    .updateTable('operation')
    .set({ owner: null, available_at: 0 })
    .where('owner', 'is not', null)
    // Ended operations may be many.
    .where('ended_at', 'is', null)
    .execute();
  await db
    .updateTable('notice')
    .set({ owner: null, available_at: 0 })
    .where('owner', 'is not', null)
    .where('settled_at', 'is', null)
    .execute();
  await db.deleteFrom('watch').execute();
}

/** Primary result codes (sqlite.org/rescode.html). */
const SQLITE = { busy: 5, nomem: 7, readonly: 8, ioerr: 10, full: 13, cantopen: 14 } as const;

function isUnavailable(error: unknown): boolean {
  const code = errcodeOf(error);
  return code !== undefined && Object.values(SQLITE).some((unavailable) => unavailable === code);
}

/** Extended codes carry the primary one in their low byte. */
function errcodeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

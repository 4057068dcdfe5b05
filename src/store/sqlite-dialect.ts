/** Kysely over Node's own SQLite: one connection with one user at a time, every commit flushed to the disk. */
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type SqliteDatabase,
} from 'kysely';

/**
 * Opens the file and keeps it locked for as long as the process lives: a second process on the same file would act twice.
 *
 * @throws when the file cannot be opened, or another process holds it (SQLITE_BUSY)
 */
export function openSqliteFile(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // EXCLUSIVE comes first: it also keeps WAL's index in memory, so that no second file is shared.
    database.exec('pragma locking_mode = exclusive');
    database.exec('pragma journal_mode = wal');
    database.exec('pragma synchronous = full');
    database.exec('pragma foreign_keys = on');
    // WAL locks at the first write. Locked now, a second process fails at its start.
    database.exec('begin immediate');
    database.exec('commit');
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

export function sqliteDialect(database: DatabaseSync): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new SerialSqliteDriver(database),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/**
 * Gives the one connection to one user at a time. Kysely's own driver shares it, so a query could run inside another user's
 * transaction and read rows that are rolled back.
 */
class SerialSqliteDriver extends SqliteDriver {
  readonly #database: DatabaseSync;
  #free: Promise<void> = Promise.resolve();
  #release: () => void = () => undefined;

  constructor(database: DatabaseSync) {
    super({ database: adapt(database) });
    this.#database = database;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#free;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#free = promise;
    await before;
    this.#release = resolve;
    return super.acquireConnection();
  }

  override async releaseConnection(): Promise<void> {
    this.#release();
    await super.releaseConnection();
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /**
   * SQLite rolls back by itself when the disk is full or fails (sqlite.org/lang_transaction.html). Another rollback would be an
   * error that hides the first one.
   */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.isTransaction) await super.rollbackTransaction(connection);
  }
}

/** Statements are prepared once: they are few, and preparing costs more than running. */
function adapt(database: DatabaseSync): SqliteDatabase {
  const statements = new Map<string, ReturnType<SqliteDatabase['prepare']>>();
  return {
    close: () => {
      database.close();
    },
    prepare: (sql) => {
      const known = statements.get(sql);
      if (known !== undefined) return known;
      const statement = adaptStatement(database.prepare(sql));
      if (statements.size < MAX_STATEMENTS) statements.set(sql, statement);
      return statement;
    },
  };
}

/** Queries with lists have one statement per length of the list; not all are worth keeping. */
const MAX_STATEMENTS = 500;

function adaptStatement(statement: StatementSync): ReturnType<SqliteDatabase['prepare']> {
  const toRow = createToRow(statement);
  // As a number, an integer beyond 2^53 would be an error that fails the query for all rows.
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...parameters.map(bindable)).map(toRow),
    run: (parameters) => statement.run(...parameters.map(bindable)),
    iterate: (parameters) => statement.iterate(...parameters.map(bindable)).map(toRow),
  };
}

type Row = Record<string, SQLOutputValue>;

/**
 * Makes a row of its values. Node's own rows are dictionaries: making and reading them took a quarter of the time of a list of a thousand
 * machines. Rows that get the same columns in the same order have one shape.
 */
function createToRow(statement: StatementSync): (values: unknown) => Row {
  let columns: readonly string[] = [];
  return (values) => {
    if (!areValues(values)) throw new TypeError('expected the values of a row as an array');
    // At the first row, and where the table of a `*` has got a column.
    if (values.length !== columns.length) columns = statement.columns().map(({ name }) => name);
    const row: Row = {};
    columns.forEach((column, index) => {
      row[column] = toNumber(values[index] ?? null);
    });
    return row;
  };
}

function areValues(row: unknown): row is readonly SQLOutputValue[] {
  return Array.isArray(row);
}

function toNumber(value: SQLOutputValue): SQLOutputValue {
  return typeof value === 'bigint' ? Number(value) : value;
}

function bindable(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
    return value;
  throw new TypeError(`expected a string, a number or null as a query's parameter, got ${typeof value}`);
}

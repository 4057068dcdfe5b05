/** Fills a store with rows that the database makes by itself. */
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { openStore } from '../src/store/open.ts';
import { monotonicMs } from './clock.ts';

/**
 * @param directory where SQLite's file goes
 * @param databaseUrl of PostgreSQL; undefined for SQLite
 * @returns seconds
 */
export async function fillStore(
  directory: string,
  databaseUrl: string | undefined,
  statements: readonly string[],
): Promise<number> {
  await (await openStore(databaseUrl, directory)).close();
  const begin = monotonicMs();
  if (databaseUrl === undefined) fillSqlite(path.join(directory, 'ec2-operator.sqlite'), statements);
  // As autovacuum leaves it within a month: it would begin a minute later, while the lists are measured.
  else await queryAll(databaseUrl, [...statements, 'vacuum (analyze)', 'checkpoint']);
  return (monotonicMs() - begin) / 1_000;
}

function fillSqlite(file: string, statements: readonly string[]): void {
  using database = new DatabaseSync(file);
  database.exec('pragma journal_mode = wal; pragma synchronous = off; pragma cache_size = -400000; begin');
  for (const statement of statements) database.exec(statement);
  database.exec('commit');
}

/** A database that has run for a month knows its tables. One that was filled a moment ago takes them for empty. */
export async function analyze(databaseUrl: string): Promise<void> {
  await queryAll(databaseUrl, ['analyze']);
}

async function queryAll(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

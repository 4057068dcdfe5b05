/**
 * Embedded databases that need no migration: a copy of one that has been through them all takes a quarter of their time.
 * Processes that a test starts migrate for themselves, and so do the tests of the migrations.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { quickDirectory } from './quick-directory.ts';

let migrated: Promise<Buffer> | undefined;

/** Puts an empty database of this version into the directory of a store that was never opened. */
export async function putMigrated(directory: string): Promise<void> {
  migrated ??= migrate();
  await writeFile(fileIn(directory), await migrated, { mode: 0o600 });
}

async function migrate(): Promise<Buffer> {
  const directory = await quickDirectory('ec2-operator-migrated-');
  try {
    await (await openSqliteStore(directory)).close();
    return await readFile(fileIn(directory));
  } finally {
    await rm(directory, { recursive: true });
  }
}

function fileIn(directory: string): string {
  return path.join(directory, 'ec2-operator.sqlite');
}

/** Whether the store can be written to, and lasts. Takes no lock, and migrates nothing. */
import { mkdtemp, rmdir, stat, statfs, access, constants } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config/schema.ts';
import { inspectPostgres, type PostgresState } from '../store/inspect-postgres.ts';
import { findingsOf, messageOf, report, type Finding, type Reporter } from './finding.ts';

const OLDEST_POSTGRES = 13;
const FEWEST_CONNECTIONS = 30;

export async function checkStore(config: Config): Promise<readonly Finding[]> {
  return config.database_url === undefined ? checkDirectory(config.data_dir) : checkPostgres(config.database_url);
}

async function checkPostgres(url: string): Promise<readonly Finding[]> {
  // Only the host is shown, because the URL may hold a password.
  const host = URL.parse(url)?.host ?? '';
  try {
    return judgePostgres(await inspectPostgres(url), host);
  } catch (cause) {
    const change =
      'correct DATABASE_URL, and check that the database runs, is reachable from this machine and accepts this user';
    return [reportOn(host).error(`cannot be used: ${messageOf(cause)}`, change)];
  }
}

function reportOn(host: string): Reporter {
  return report('store', `PostgreSQL at ${host === '' ? 'localhost' : host}`);
}

/** Pure. */
export function judgePostgres(state: PostgresState, host: string): readonly Finding[] {
  const { ok, info, warning, error } = reportOn(host);
  const version = Math.floor(state.version / 10_000);
  const problems = findingsOf([
    version < OLDEST_POSTGRES && error(`is version ${version}`, `use PostgreSQL ${OLDEST_POSTGRES} or newer`),
    state.isReadOnly &&
      error('is read only: a standby, or set to read only', 'let DATABASE_URL name the primary server'),
    !state.mayCreate &&
      error('this user may not create tables', 'grant create on schema public to the user, for the migrations'),
    state.maxConnections < FEWEST_CONNECTIONS &&
      warning(
        `allows ${state.maxConnections} connections, but each replica uses up to twelve`,
        'raise max_connections, or run fewer replicas',
      ),
  ]);
  const pooled = 'a pooler is in between: a replica finds work that another one accepted within 5 s, not at once';
  return [
    ...(problems.length > 0 ? problems : [ok(`version ${version}, can be written to`)]),
    ...(state.isPooled ? [info(pooled)] : []),
  ];
}

async function checkDirectory(directory: string): Promise<readonly Finding[]> {
  const { ok, error } = report('store', directory);
  const file = path.join(directory, 'ec2-operator.sqlite');
  try {
    const existing = await nearestDirectory(path.resolve(directory));
    await tryToWrite(existing);
    await refuseUnwritableFile(file);
    return findingsOf([
      ...(await judgeFileSystem(existing, directory)),
      await checkRights(file),
      ok(existing === path.resolve(directory) ? 'can be written to' : `will be made; ${existing} can be written to`),
    ]);
  } catch (cause) {
    const change = 'set DATA_DIR to a directory that this user can write, for example on a mounted volume';
    return [error(`cannot be written to: ${messageOf(cause)}`, change)];
  }
}

/** The directory, or the nearest existing one above it. @throws when it is a file or cannot be read */
async function nearestDirectory(directory: string): Promise<string> {
  try {
    if ((await stat(directory)).isDirectory()) return directory;
    throw new Error(`${directory} is not a directory`);
  } catch (error) {
    const parent = path.dirname(directory);
    if (!isMissing(error) || parent === directory) throw error;
    return nearestDirectory(parent);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Permission bits do not suffice: a file system can be mounted read only, and root ignores them. */
async function tryToWrite(directory: string): Promise<void> {
  await rmdir(await mkdtemp(path.join(directory, '.ec2-operator-doctor-')));
}

/** The file is not opened: closing it would release the lock of a server in the same process. */
async function refuseUnwritableFile(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK | constants.W_OK);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** The server restricts the file when it starts. */
async function checkRights(file: string): Promise<Finding | undefined> {
  const { mode } = await stat(file).catch(() => ({ mode: 0 }));
  if (process.platform === 'win32' || (mode & 0o077) === 0) return undefined;
  const { warning } = report('store', file);
  return warning('can be read by other users, and holds tokens', 'run chmod 600, or start the server, which does so');
}

/** By the `f_type` of statfs(2). */
const NETWORK = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
]);
const FLEETING = new Map([
  [0x01021994, 'tmpfs'],
  [0x794c7630, "the container's own layer (overlay)"],
]);
const LEAST_FREE_BYTES = 100_000_000;

async function judgeFileSystem(existing: string, directory: string): Promise<readonly Finding[]> {
  const { warning, error } = report('store', directory);
  const { type, bavail, bsize } = await statfs(existing);
  const network = NETWORK.get(type);
  const fleeting = FLEETING.get(type);
  const free = bavail * bsize;
  return findingsOf([
    network !== undefined &&
      warning(
        `is on ${network}, where SQLite's locks are unreliable: two servers on one file would act twice`,
        'use a block volume (EBS, not EFS), or PostgreSQL',
      ),
    fleeting !== undefined &&
      warning(`is on ${fleeting}: its content does not survive`, 'mount a volume there, or set DATABASE_URL'),
    free < LEAST_FREE_BYTES &&
      error(`has ${Math.round(free / 1_000_000)} MB left`, 'free some space: at least 100 MB are needed'),
  ]);
}

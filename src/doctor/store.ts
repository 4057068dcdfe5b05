/** Where operations are kept: can it be written to, and does it last? Nothing is migrated, and no lock is taken. */
import { mkdtemp, rmdir, stat, statfs, access, constants } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config/schema.ts';
import { inspectPostgres, type PostgresState } from '../store/inspect-postgres.ts';
import { report, type Finding } from './finding.ts';

export async function checkStore(config: Config): Promise<readonly Finding[]> {
  return config.database_url === undefined ? checkDirectory(config.data_dir) : checkPostgres(config.database_url);
}

async function checkPostgres(url: string): Promise<readonly Finding[]> {
  // Of the URL only its host is shown: it may hold a password.
  const host = URL.parse(url)?.host ?? '';
  const { error } = report('store', `PostgreSQL at ${host === '' ? 'localhost' : host}`);
  let state: PostgresState;
  try {
    state = await inspectPostgres(url);
  } catch (cause) {
    const change =
      'correct DATABASE_URL; see that the server runs, that this machine reaches it, and that it lets this user in';
    return [error(`cannot be used: ${messageOf(cause)}`, change)];
  }
  return judgePostgres(state, host);
}

/** Pure: what its answers mean. */
export function judgePostgres(state: PostgresState, host: string): readonly Finding[] {
  const { ok, info, warning, error } = report('store', `PostgreSQL at ${host === '' ? 'localhost' : host}`);
  const version = Math.floor(state.version / 10_000);
  const findings: Finding[] = [];
  if (version < OLDEST_POSTGRES) {
    findings.push(error(`is version ${version}`, `use PostgreSQL ${OLDEST_POSTGRES} or newer`));
  }
  if (state.isReadOnly) {
    findings.push(error('can only be read: a standby, or set to read only', 'let DATABASE_URL name the primary'));
  }
  if (!state.mayCreate) {
    findings.push(
      error(
        'this user may not make tables',
        'grant create on schema public to the user, for the migrations of the server',
      ),
    );
  }
  if (state.maxConnections < FEWEST_CONNECTIONS) {
    findings.push(
      warning(
        `allows ${state.maxConnections} connections; each replica uses up to twelve`,
        'raise max_connections, or run fewer replicas',
      ),
    );
  }
  const pooled = state.isPooled
    ? [info('a pooler is in between: a replica finds work that another one accepted within 5 s, not at once')]
    : [];
  return [...(findings.length > 0 ? findings : [ok(`version ${version}, can be written to`)]), ...pooled];
}

const OLDEST_POSTGRES = 13;
const FEWEST_CONNECTIONS = 30;

async function checkDirectory(directory: string): Promise<readonly Finding[]> {
  const { ok, error } = report('store', directory);
  const change = 'set DATA_DIR to a directory that this user can write, such as on a mounted volume';
  try {
    const existing = await nearestDirectory(path.resolve(directory));
    await tryToWrite(existing);
    await refuseUnwritableFile(path.join(directory, 'ec2-operator.sqlite'));
    const findings = await judgeFileSystem(existing, directory);
    return [
      ...findings,
      ...(await checkRights(path.join(directory, 'ec2-operator.sqlite'))),
      ok(existing === path.resolve(directory) ? 'can be written to' : `will be made; ${existing} can be written to`),
    ];
  } catch (cause) {
    return [error(`cannot be written to: ${messageOf(cause)}`, change)];
  }
}

/** The directory itself, or the one above it that there is. @throws when something else is in the way */
async function nearestDirectory(directory: string): Promise<string> {
  try {
    if ((await stat(directory)).isDirectory()) return directory;
    throw new Error(`${directory} is not a directory`);
  } catch (error) {
    const parent = path.dirname(directory);
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT') || parent === directory) throw error;
    return nearestDirectory(parent);
  }
}

/** The permission bits say less: a file system can be mounted read only, and root passes over them. */
async function tryToWrite(directory: string): Promise<void> {
  await rmdir(await mkdtemp(path.join(directory, '.ec2-operator-doctor-')));
}

/** Not opened: within one process, closing a file would take the lock away from a server that has it open. */
async function refuseUnwritableFile(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK | constants.W_OK);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

/** The server tightens it when it starts; until then others read the tokens. */
async function checkRights(file: string): Promise<readonly Finding[]> {
  const { mode } = await stat(file).catch(() => ({ mode: 0 }));
  if (process.platform === 'win32' || (mode & 0o077) === 0) return [];
  const { warning } = report('store', file);
  return [warning('can be read by other users, and holds tokens', 'chmod 600, or start the server, which does it')];
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
  const findings: Finding[] = [];
  const network = NETWORK.get(type);
  const fleeting = FLEETING.get(type);
  if (network !== undefined) {
    findings.push(
      warning(
        `is on ${network}, whose locks SQLite cannot rely on: two servers on one file would act twice`,
        'use a block volume (EBS, not EFS), or PostgreSQL',
      ),
    );
  }
  if (fleeting !== undefined) {
    findings.push(
      warning(`is on ${fleeting}: what it holds does not survive`, 'mount a volume there, or set DATABASE_URL'),
    );
  }
  if (bavail * bsize < LEAST_FREE_BYTES) {
    findings.push(error(`has ${Math.round((bavail * bsize) / 1_000_000)} MB left`, 'free some space: 100 MB at least'));
  }
  return findings;
}

/** Errors of several addresses at once have no message of their own. */
function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.message === '' && 'code' in cause ? String(cause.code) : cause.message;
}

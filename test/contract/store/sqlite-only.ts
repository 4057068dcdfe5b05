import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { openSqliteStore } from '../../../src/store/sqlite.ts';
import { SQLITE_FILE, dumpSqlite } from '../../../tools/dump-schema.ts';
import type { CreateDatabase } from './database.ts';
import { T0, claimAll, idOf, request, enqueue } from './samples.ts';

export function describeSqlite(create: CreateDatabase): void {
  test('the schema is the one in src/store/schema.sqlite.sql (if not: node tools/dump-schema.ts)', async (t) => {
    const database = await create(t);
    await (await database.open()).close();
    assert.equal(await dumpSqlite(async (statement) => database.sql(statement)), await readFile(SQLITE_FILE, 'utf8'));
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
      await before.close();
      const after = await database.open();
      const [operation] = await claimAll(after, 'worker-2', T0 + 1);
      assert.equal(operation?.id, idOf(1));
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

    test('nobody else can make work due, so nobody is told', async (t) => {
      const store = await (await create(t)).open();
      const end = store.onWork(() => assert.fail('called'));
      await enqueue(store, [request(1)], T0);
      end();
    });
  });
}

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Kysely, type LogEvent } from 'kysely';
import { migrate } from './migrate.ts';
import { prune } from './prune.ts';
import { newRow } from './rows.ts';
import type { Database } from './schema.ts';
import { openSqliteFile, sqliteDialect } from './sqlite-dialect.ts';

const ID = 'i-0123456789abcdef0';

test('what an operation has left in the log goes a little at a time, before the operation', async (t) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-prune-'));
  const deleted: string[] = [];
  const log = ({ query: { sql } }: LogEvent): void => {
    const table = /^delete from "(\w+)"/.exec(sql)?.[1];
    if (table !== undefined) deleted.push(table);
  };
  const dialect = sqliteDialect(openSqliteFile(path.join(directory, 'test.sqlite')));
  const db = new Kysely<Database>({ dialect, log });
  t.after(async () => {
    await db.destroy();
    await rm(directory, { recursive: true });
  });
  await migrate(db, { counter: { type: 'integer', define: (column) => column.autoIncrement() } });
  const intent = {
    verb: 'stop',
    target: { kind: 'instance', id: ID, text: ID },
    client: 'native',
    dryRun: false,
    cause: { by: 'person', name: 'Ada', beganAt: 1 },
  } as const;
  const row = newRow({ state: 'queued', id: 'one', intent, createdAt: 1, attempts: 0 });
  await db
    .insertInto('operation')
    .values({ ...row, state: 'refused', reason: 'not_found', ended_at: 1 })
    .execute();
  const entry = { at: 1, event: 'receipt', operation_id: 'one', delivery_id: null, who: null, entry: '{}' };
  await db
    .insertInto('audit')
    .values(Array.from({ length: 125 }, () => entry))
    .execute();
  const transact: Parameters<typeof prune>[0] = async (work) => db.transaction().execute(work);
  assert.equal(await prune(transact, { endedBefore: 2, historyBefore: 2 }, 2, false), 1);
  assert.deepEqual(deleted, [
    'audit',
    'audit',
    'audit',
    'notice',
    'operation',
    'audit',
    'episode',
    'word',
    'pause',
    'pause',
    'hold',
    'lease',
    'notice',
    'link_key',
    'signature',
    'interval',
    'stop',
    'wish',
    'alert_span',
    'alert_span',
    'judgement',
    'circumstances',
    'settings_version',
    'machine',
    'ended_session',
  ]);
  assert.deepEqual(await db.selectFrom('audit').select('id').execute(), []);

  await db
    .insertInto('operation')
    .values({ ...row, id: 'two', state: 'succeeded', reason: 'state_reached', ended_at: 1 })
    .execute();
  await db
    .insertInto('audit')
    .values([
      { ...entry, operation_id: 'two' },
      { ...entry, operation_id: 'two', at: 2 },
    ])
    .execute();
  assert.equal(
    await prune(transact, { endedBefore: 2, historyBefore: 2 }, 2, false),
    0,
    'a receipt of yesterday names an operation of last month: both stay',
  );
  assert.equal(await prune(transact, { endedBefore: 3, historyBefore: 3 }, 2, false), 1);
});

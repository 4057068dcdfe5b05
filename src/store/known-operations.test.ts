import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Kysely, type LogEvent } from 'kysely';
import type { Queued } from '../domain/operation.ts';
import { createReadOperations } from './known-operations.ts';
import { migrate } from './migrate.ts';
import { newRow } from './rows.ts';
import type { Database } from './schema.ts';
import { openSqliteFile, sqliteDialect } from './sqlite-dialect.ts';

/** The ids that the database was asked for. */
const asked: unknown[] = [];
let directory: string;
let db: Kysely<Database>;

before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-known-'));
  const log = ({ query }: LogEvent): void => void asked.push(...query.parameters);
  db = new Kysely<Database>({ dialect: sqliteDialect(openSqliteFile(path.join(directory, 'test.sqlite'))), log });
  await migrate(db, { counter: { type: 'integer', define: (column) => column.autoIncrement() } });
});
after(async () => {
  await db.destroy();
  await rm(directory, { recursive: true });
});

async function add(...ids: readonly string[]): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    for (const id of ids)
      await transaction
        .insertInto('operation')
        .values(newRow(queued(id)))
        .execute();
  });
}

function queued(id: string): Queued {
  const cause = { by: 'person', name: 'ada', beganAt: 1 } as const;
  const target = { kind: 'name', name: id, text: id } as const;
  const intent = { verb: 'stop', target, client: 'native', dryRun: false, cause } as const;
  return { id, state: 'queued', createdAt: 1, attempts: 0, intent };
}

async function end(message: string): Promise<void> {
  await db
    .updateTable('operation')
    .set({ state: 'succeeded', reason: 'state_reached', message, ended_at: 2 })
    .where('ended_at', 'is', null)
    .execute();
}

test('an operation is read anew until it has ended, and once after that', async () => {
  const read = createReadOperations(db);
  await add('ended');
  await end('it is stopped');
  await add('open');
  const stateOf = async (id: string) => (await read(['ended', 'open', 'nothing'])).get(id)?.state;
  assert.equal(await stateOf('open'), 'queued');
  asked.length = 0;
  assert.equal(await stateOf('ended'), 'succeeded');
  assert.deepEqual(asked, ['open', 'nothing']);
  await end('it is stopped, too');
  assert.equal(await stateOf('open'), 'succeeded');
  asked.length = 0;
  assert.equal(await stateOf('open'), 'succeeded');
  assert.deepEqual(asked, ['nothing']);
});

test('those that were read long ago are forgotten', async () => {
  const read = createReadOperations(db);
  const ids = Array.from({ length: 2_001 }, (_, index) => `op-${index}`);
  await add(...ids);
  await end('it is stopped');
  await read(ids);
  asked.length = 0;
  await read(ids.slice(0, 2));
  assert.deepEqual(asked, ['op-0']);
});

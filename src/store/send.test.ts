/** The stops that are too late to keep back, as other writes ask for them under the lock of the machine. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { Kysely } from 'kysely';
import {
  act,
  call,
  ENDINGS,
  idOf,
  instanceId,
  move,
  request,
  take,
  T0,
  wait,
} from '../../test/contract/store/samples.ts';
import { quickDirectory } from '../../test/support/quick-directory.ts';
import type { Database } from './schema.ts';
import { sentStops } from './send.ts';
import { openSqliteFile, sqliteDialect } from './sqlite-dialect.ts';
import { openSqliteStore } from './sqlite.ts';

test('the stops of a machine that were sent and have not ended, and nothing else', async (t) => {
  const directory = await quickDirectory('ec2-operator-sent-');
  t.after(async () => rm(directory, { recursive: true }));
  const store = await openSqliteStore(directory);
  /** Each work names the machine in its own way. */
  const taken = async (number: number, dryRun = false) =>
    take(store, request(number, { dryRun, target: { kind: 'name', name: `gpu-${number}`, text: `gpu-${number}` } }));
  await call(store, await taken(1), 1);
  await move(store, await call(store, await taken(2), 1), wait(1, T0 + 9), T0 + 9);
  await move(store, await taken(3), act(1));
  await move(store, await taken(4, true), act(1));
  await move(store, await call(store, await taken(5), 1), ENDINGS.failed);
  await call(store, await taken(6), 2);
  await store.close();

  const file = openSqliteFile(path.join(directory, 'ec2-operator.sqlite'));
  await using db = new Kysely<Database>({ dialect: sqliteDialect(file) });
  const stops = await db.transaction().execute(async (transaction) => sentStops(transaction, instanceId(1)));
  assert.deepEqual(stops, [
    { id: idOf(1), sentAt: T0 },
    { id: idOf(2), sentAt: T0 },
  ]);
});

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { see, sighting } from '../../test/contract/store/machine-samples.ts';
import {
  call,
  ENDINGS,
  instanceId,
  MINUTE,
  move,
  request,
  T0,
  take,
  type Request,
} from '../../test/contract/store/samples.ts';
import { parseHostTarget } from '../domain/target.ts';
import type { Store } from '../store/port.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { createFirstUseLook } from './first-uses.ts';

const HOUR = 60 * MINUTE;
const EVER = { since: 0, until: T0 + 1000 * HOUR };
const MACHINE = instanceId(1);

/**
 * The machine was stopped, and it is back since `T0 + HOUR`.
 *
 * @param others all requests before the stop
 */
async function stopAndStart(t: TestContext, stop = request(1), others: readonly Request[] = []): Promise<Store> {
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-uses-'));
  const store = await openSqliteStore(directory);
  t.after(async () => {
    await store.close();
    await rm(directory, { recursive: true });
  });
  await see(store, sighting(1, { at: T0 - MINUTE }));
  for (const other of others) await move(store, await call(store, await take(store, other), 1), ENDINGS.succeeded);
  const sent = await call(store, await take(store, stop), 1);
  await move(store, sent, ENDINGS.succeeded);
  await see(store, sighting(1, { at: T0 + MINUTE, state: 'stopped' }));
  await see(store, sighting(1, { at: T0 + HOUR + 1, launchedAt: T0 + HOUR }));
  return store;
}

async function usedAt(store: Store): Promise<number | undefined> {
  return (await store.stops(EVER))[0]?.usedAt;
}

test('the first use after the start is noted, and no use of before', async (t) => {
  const store = await stopAndStart(t);
  const asked: (readonly number[])[] = [];
  let now = T0 + 90 * MINUTE;
  let uses: readonly number[] = [T0 - HOUR, T0 - 20 * MINUTE];
  const look = createFirstUseLook({
    store,
    readUse: async (since, until) => {
      asked.push([since - T0, until - T0]);
      return Promise.resolve([
        { machine: 'other', uses: [T0 + HOUR, T0 + 2 * HOUR] },
        { machine: MACHINE, uses },
      ]);
    },
    clock: () => now,
    log: { warn: () => assert.fail('nothing went wrong') },
  });
  await look();
  assert.equal(await usedAt(store), undefined);
  now = T0 + 2 * HOUR;
  uses = [T0 - HOUR, T0 - 20 * MINUTE, T0 + 100 * MINUTE, T0 + 110 * MINUTE];
  await look();
  assert.equal(await usedAt(store), T0 + 100 * MINUTE);
  await look();
  assert.deepEqual(
    asked,
    [
      [HOUR, 90 * MINUTE],
      [75 * MINUTE, 2 * HOUR],
    ],
    'only the time since the last look is asked for, and nothing once all is known',
  );
});

test('a machine that was not used for a day is not asked about any more', async (t) => {
  const store = await stopAndStart(t);
  const look = createFirstUseLook({
    store,
    readUse: async () => assert.fail('it was asked'),
    clock: () => T0 + 26 * HOUR,
    log: { warn: () => assert.fail('nothing went wrong') },
  });
  await look();
  assert.equal(await usedAt(store), undefined);
});

test('a stop by a person ends with a use as well, by the name that an alert had for the machine', async (t) => {
  const target = parseHostTarget('10.0.0.1:9400');
  assert.ok(target.ok);
  const alertsStart = request(1, { verb: 'start', target: target.value });
  const store = await stopAndStart(t, request(2, { person: 'Ada' }), [alertsStart]);
  const look = createFirstUseLook({
    store,
    readUse: async () =>
      Promise.resolve([
        { machine: '10.0.0.2', uses: [T0 + HOUR, T0 + 2 * HOUR] },
        { machine: '10.0.0.1', uses: [T0 + 80 * MINUTE, T0 + 2 * HOUR] },
      ]),
    clock: () => T0 + 2 * HOUR,
    log: { warn: () => assert.fail('nothing went wrong') },
  });
  await look();
  assert.equal(await usedAt(store), T0 + 80 * MINUTE);
});

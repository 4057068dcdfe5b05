import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { see, sighting } from '../../test/contract/store/machine-samples.ts';
import { act, ENDINGS, instanceId, MINUTE, move, request, send, T0, take } from '../../test/contract/store/samples.ts';
import type { Store } from '../store/port.ts';
import { eventually } from '../../test/support/eventually.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { createKnownStops, type KnownStops } from './known-stops.ts';

const DAY = 24 * 60 * MINUTE;

async function openStore(t: TestContext): Promise<Store> {
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-stops-'));
  const store = await openSqliteStore(directory);
  t.after(async () => {
    await store.close();
    await rm(directory, { recursive: true });
  });
  return store;
}

/** The machine runs, goes down by an alert at this time, and comes back if `backAt` is given. */
async function stop(store: Store, number: number, at: number, backAt?: number): Promise<void> {
  await see(store, sighting(number, { at: at - MINUTE, launchedAt: at - MINUTE }));
  const acting = await move(store, await take(store, request(number, { machine: number }), at), act(number));
  const sent = await send(store, acting, at);
  await move(store, sent, ENDINGS.succeeded);
  await see(store, sighting(number, { at: at + MINUTE, launchedAt: at - MINUTE, state: 'stopped' }));
  if (backAt !== undefined) await see(store, sighting(number, { at: backAt + 1, launchedAt: backAt }));
}

async function known(stops: KnownStops): Promise<readonly string[]> {
  const columns = await stops.read();
  const keys = columns.keys();
  const found: string[] = [];
  columns.each(({ key }) => found.push(keys[key]?.instance ?? 'none'));
  return found.toSorted();
}

test('each stop is known once, however often and however much later they are read', async (t) => {
  const store = await openStore(t);
  let now = T0 + 90 * MINUTE;
  const stops = createKnownStops({ store, clock: () => now });
  await stop(store, 1, T0, T0 + 60 * MINUTE);
  await stop(store, 2, T0);
  assert.deepEqual(await known(stops), [instanceId(1), instanceId(2)]);
  assert.deepEqual(await known(stops), [instanceId(1), instanceId(2)]);
  now = T0 + 2 * DAY + 90 * MINUTE;
  assert.deepEqual(await known(stops), [instanceId(1), instanceId(2)], 'the first one has settled');
  assert.deepEqual(await known(stops), [instanceId(1), instanceId(2)]);
  await see(store, sighting(2, { at: now, launchedAt: T0 + DAY }));
  assert.deepEqual(
    await known(stops),
    [instanceId(1), instanceId(2)],
    'the second one was back long before that was seen',
  );
  now += DAY / 2;
  await stop(store, 3, now - 10 * MINUTE);
  assert.deepEqual(await known(stops), [instanceId(1), instanceId(2), instanceId(3)]);
  now += 2 * DAY;
  assert.deepEqual(await known(stops), [instanceId(1), instanceId(2), instanceId(3)]);
});

test('a stop that has been read is changed where it stands, by what came later', async (t) => {
  const store = await openStore(t);
  const stops = createKnownStops({ store, clock: () => T0 + DAY });
  const ends = async (): Promise<readonly number[]> => {
    const found: number[] = [];
    (await stops.read()).each(({ endedAt }) => found.push(endedAt));
    return found;
  };
  await stop(store, 1, T0);
  assert.deepEqual(await ends(), [Infinity]);
  await see(store, sighting(1, { at: T0 + 60 * MINUTE, launchedAt: T0 + 50 * MINUTE }));
  assert.deepEqual(await ends(), [T0 + 50 * MINUTE]);
});

test('a change that becomes visible late is read, also after one by a clock ahead', async (t) => {
  const store = await openStore(t);
  const now = T0 + 60 * MINUTE;
  const stops = createKnownStops({ store, clock: () => now });
  await stop(store, 1, now + 9 * 60 * MINUTE);
  assert.deepEqual(await known(stops), [instanceId(1)]);
  await stop(store, 2, now - 2 * MINUTE);
  assert.deepEqual(await known(stops), [instanceId(1), instanceId(2)]);
  await stop(store, 3, now - 12 * MINUTE);
  assert.deepEqual(await known(stops), [instanceId(1), instanceId(2), instanceId(3)]);
});

test('stops that were deleted are forgotten after a day', async (t) => {
  const store = await openStore(t);
  let now = T0 + 3 * DAY;
  const stops = createKnownStops({ store, clock: () => now });
  await stop(store, 1, T0, T0 + 60 * MINUTE);
  assert.deepEqual(await known(stops), [instanceId(1)]);
  while ((await store.prune(T0 + 2 * DAY, 50)) > 0);
  assert.deepEqual(await known(stops), [instanceId(1)]);
  now += DAY + 1;
  assert.deepEqual(await known(stops), [instanceId(1)], 'the columns of before are as good');
  await eventually('new columns', async () => ((await known(stops)).length === 0 ? true : undefined));
});

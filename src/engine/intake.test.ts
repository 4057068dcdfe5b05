import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { intentWith } from '../../test/support/operation.ts';
import { StoreUnavailableError, type Store } from '../store/port.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { createIntake } from './intake.ts';

async function openStore(t: TestContext): Promise<Store> {
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-intake-'));
  const store = await openSqliteStore(directory);
  t.after(async () => {
    await store.close();
    await rm(directory, { recursive: true });
  });
  return store;
}

const clock = (): number => 1_000;
const nudge = (): void => undefined;

test('deliveries that come at the same time share a transaction, and each gets its own answers in order', async (t) => {
  const store = await openStore(t);
  const sizes: number[] = [];
  const counting: Pick<Store, 'enqueue'> = {
    enqueue: async (requests, now) => {
      sizes.push(requests.length);
      return store.enqueue(requests, now);
    },
  };
  const intake = createIntake({ store: counting, clock, nudge });
  const [stop, start, dry] = [intentWith({}), intentWith({ verb: 'start' }), intentWith({ dryRun: true })];
  const [one, two, none] = await Promise.all([intake([stop, stop]), intake([start, stop, dry]), intake([])]);
  assert.deepEqual(
    one.map(({ outcome }) => outcome),
    ['accepted', 'joined'],
  );
  assert.deepEqual(
    two.map(({ outcome }) => outcome),
    ['accepted', 'joined', 'accepted'],
  );
  assert.deepEqual(none, []);
  assert.deepEqual(sizes, [5]);
  assert.equal(two[1]?.operation, one[0]?.operation);
});

test('a delivery that the store cannot take does not take its neighbours with it', async (t) => {
  const store = await openStore(t);
  const intake = createIntake({ store, clock, nudge });
  // Nothing can write this as JSON, so the store throws.
  const poison = { ...intentWith({}), region: 1n } as unknown as ReturnType<typeof intentWith>;
  const [good, bad] = await Promise.allSettled([intake([intentWith({})]), intake([poison])]);
  assert.ok(good.status === 'fulfilled' && good.value[0]?.outcome === 'accepted');
  assert.equal(bad.status, 'rejected');
  assert.equal((await store.list({ limit: 10 })).length, 1);
});

test('with the store away every sender is told so, and nobody is nudged', async () => {
  let nudged = false;
  const away: Pick<Store, 'enqueue'> = {
    enqueue: async () => Promise.reject(new StoreUnavailableError('the disk is full')),
  };
  const intake = createIntake({
    store: away,
    clock,
    nudge: () => {
      nudged = true;
    },
  });
  const answers = await Promise.allSettled([intake([intentWith({})]), intake([intentWith({})])]);
  for (const answer of answers) {
    assert.ok(answer.status === 'rejected' && answer.reason instanceof StoreUnavailableError);
  }
  assert.equal(nudged, false);
});

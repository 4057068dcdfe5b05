import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { intentWith } from '../../test/support/operation.ts';
import type { Intended } from '../domain/intend.ts';
import type { Intent } from '../domain/intent.ts';
import type { AnsweredDelivery } from '../domain/receipt.ts';
import { StoreUnavailableError, type Store } from '../store/port.ts';
import { openSqliteStore } from '../store/sqlite.ts';
import { createIntake, type Incoming, type IntakeParts } from './intake.ts';

async function openStore(t: TestContext): Promise<Store> {
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-intake-'));
  const store = await openSqliteStore(directory);
  t.after(async () => {
    await store.close();
    await rm(directory, { recursive: true });
  });
  return store;
}

function partsWith(store: IntakeParts['store'], more: Partial<IntakeParts> = {}): IntakeParts {
  return { store, clock: () => 1_000, tell: { answered: () => undefined }, nudge: () => undefined, ...more };
}

function deliveryOf(...asked: readonly Intended[]): Incoming {
  const origin = { who: { name: 'alertmanager', remote: '10.0.0.5' }, method: 'POST', route: 'hostname' } as const;
  return { origin, asked };
}

function askFor(...intents: readonly Intent[]): Incoming {
  return deliveryOf(...intents.map((intent) => ({ outcome: 'intent', fingerprint: 'f1', intent }) as const));
}

const IGNORED: Intended = { outcome: 'ignored', fingerprint: 'f2', reason: 'test_alert', message: 'a test' };

test('deliveries that come at the same time share a transaction, and each gets its own answers in order', async (t) => {
  const store = await openStore(t);
  const sizes: number[] = [];
  const counting: IntakeParts['store'] = {
    recordDeliveries: async (deliveries, now) => {
      sizes.push(deliveries.length);
      return store.recordDeliveries(deliveries, now);
    },
  };
  const intake = createIntake(partsWith(counting));
  const [stop, start, dry] = [intentWith({}), intentWith({ verb: 'start' }), intentWith({ dryRun: true })];
  const [one, two, none, ignored] = await Promise.all([
    intake(askFor(stop, stop)),
    intake(askFor(start, stop, dry)),
    intake(askFor()),
    intake(deliveryOf(IGNORED)),
  ]);
  assert.deepEqual(
    one.map(({ outcome }) => outcome),
    ['accepted', 'joined'],
  );
  assert.deepEqual(
    two.map(({ outcome }) => outcome),
    ['accepted', 'joined', 'accepted'],
  );
  assert.deepEqual(none, []);
  assert.deepEqual(ignored, [IGNORED]);
  assert.deepEqual(sizes, [4]);
  assert.equal(two[1]?.operation, one[0]?.operation);
  assert.equal((await store.audit({ limit: 10, event: 'delivery' })).length, 4);
});

test('a delivery that the store cannot take does not make its neighbours fail', async (t) => {
  const store = await openStore(t);
  const intake = createIntake(partsWith(store));
  // This cannot be written as JSON, so the store throws.
  const poison = { ...intentWith({}), region: 1n } as unknown as Intent;
  const [good, bad] = await Promise.allSettled([intake(askFor(intentWith({}))), intake(askFor(poison))]);
  assert.ok(good.status === 'fulfilled' && good.value[0]?.outcome === 'accepted');
  assert.equal(bad.status, 'rejected');
  assert.equal((await store.list({ limit: 10 })).length, 1);
});

test('while the store is unavailable every sender gets the error, and the worker is not nudged', async () => {
  const away: IntakeParts['store'] = {
    recordDeliveries: async () => Promise.reject(new StoreUnavailableError('the disk is full')),
  };
  const intake = createIntake(partsWith(away, { nudge: () => assert.fail('nudged') }));
  const answers = await Promise.allSettled([intake(askFor(intentWith({}))), intake(deliveryOf(IGNORED))]);
  for (const answer of answers) {
    assert.ok(answer.status === 'rejected' && answer.reason instanceof StoreUnavailableError);
  }
});

test('a delivery is told with its receipts, and each intent names it', async (t) => {
  const told: AnsweredDelivery[] = [];
  const store = await openStore(t);
  const intake = createIntake(partsWith(store, { tell: { answered: (delivery) => told.push(delivery) } }));
  const incoming = askFor(intentWith({}));
  const receipts = await intake(incoming);
  const [delivery] = told;
  assert.deepEqual([told.length, delivery?.origin, delivery?.receipts], [1, incoming.origin, receipts]);
  const operation = await store.find(receipts[0]?.operation ?? '');
  assert.equal(operation?.intent.cause.delivery, delivery?.id);
});

test('the worker is told when there is work', async (t) => {
  const store = await openStore(t);
  let nudges = 0;
  const intake = createIntake(
    partsWith(store, {
      nudge: () => {
        nudges += 1;
      },
    }),
  );
  const cause = { by: 'alert', fingerprint: 'f1', alertname: 'Idle', beganAt: 1, episode: 'e1' } as const;
  await intake(askFor(intentWith({ cause })));
  assert.equal(nudges, 1);
  await intake(deliveryOf({ ...IGNORED, ends: { episode: 'e1', alert: 'e1', message: 'it was resolved' } }));
  assert.equal(nudges, 1, 'nothing to do');
});

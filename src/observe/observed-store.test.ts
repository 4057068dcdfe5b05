import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { test } from 'node:test';
import { openStore } from '../store/open.ts';
import { observeStore, STORE_OPERATIONS, type StoreOperation } from './observed-store.ts';
import { NO_TRACER } from './trace.ts';

test('every call is told with how long it took, those that fail included, and the rest passes through', async () => {
  await using directory = await mkdtempDisposable('/tmp/ec2-operator-observed-');
  const opened = await openStore(undefined, directory.path);
  const told: { operation: StoreOperation; ms: number }[] = [];
  const store = observeStore(opened, NO_TRACER, (operation, ms) => void told.push({ operation, ms }));
  await store.recordDeliveries([], 1);
  await store.claim({ owner: 'me', now: 1, until: 2, limit: 1 });
  await store.renew('me', [], 2);
  await store.release('me', [], 2);
  await store.hasten(1, 1);
  await store.settle('me', []);
  await store.send('me', [], 1);
  await store.acts([], 1);
  await store.words([]);
  await store.standing('me', [], 0);
  assert.deepEqual(await store.list({ limit: 1 }), []);
  assert.deepEqual(await store.audit({ limit: 1 }), []);
  const by = { name: 'me', remote: 'here' };
  await store.hold({ instance: 'i-1', holder: 'me', by, until: 2, limits: { longestMs: 1 }, lookedAt: 1 }, 1);
  await store.releaseHolds({ instance: 'i-1', by }, 1);
  await store.cancel('nothing', { name: 'me', remote: 'here' }, 1);
  assert.equal(await store.find('nothing'), undefined);
  assert.deepEqual(await store.trail('nothing'), []);
  assert.equal(await store.nextDueAt(), undefined);
  assert.equal(await store.prune(0, 1), 0);
  await store.lease({ instance: 'i', by: { name: 'me', remote: 'here' }, until: 9, lookedAt: 1 }, 1);
  await store.changeLease({ instance: 'i', by: { name: 'me', remote: 'here' }, to: { until: 8 }, longestMs: 9 }, 1);
  await store.takeDueLeases(0, 1);
  await store.stopsAsked([], 1);
  await store.endLease('i', { name: 'me', remote: 'here' }, 1);
  assert.deepEqual(await store.leases({ limit: 1 }), []);
  assert.deepEqual(await store.addNotices([], 1), []);
  assert.deepEqual(await store.claimNotices({ channel: 'ml', owner: 'me', now: 1, until: 2, limit: 1 }), []);
  assert.equal(await store.settleNotice('me', 'nothing', { outcome: 'sent' }, 1), false);
  assert.deepEqual(await store.notices({ limit: 1 }), []);
  assert.equal((await store.toldOf(['nothing'])).size, 0);
  await store.check();
  assert.equal(await store.writeSettingOnce('key', 'value'), 'value');
  assert.deepEqual(told.map(({ operation }) => operation).sort(), [...STORE_OPERATIONS].sort());
  assert.ok(told.every(({ ms }) => ms > 0));
  await store.close();
  told.length = 0;
  await assert.rejects(store.find('nothing'));
  assert.deepEqual(
    told.map(({ operation }) => operation),
    ['find'],
  );
});

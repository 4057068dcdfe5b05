/** Leases are made, changed and ended together with what they follow from. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Intent } from '../../../src/domain/intent.ts';
import { isOpen, type Event } from '../../../src/domain/operation.ts';
import { isOver } from '../../../src/domain/voice.ts';
import type { Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import { BEN, HOUR, made, PLACE } from './lease-stops.ts';
import {
  ADA,
  ENDINGS,
  MINUTE,
  T0,
  WORKER,
  WRITTEN,
  act,
  call,
  change,
  claimAll,
  enqueue,
  idOf,
  instanceId,
  move,
  request,
  send,
  settle,
  take,
  wait,
} from './samples.ts';

const FOUND: Event = { type: 'succeed', reason: 'already_in_state', message: 'it runs', at: T0 };

type Wish = Partial<Pick<Intent, 'leaseMs' | 'leaseByDefault'>> & { readonly person?: string };

function start(number: number, { person, ...lease }: Wish = {}) {
  const { id, intent } = request(number, {
    verb: 'start',
    episode: String(number),
    ...(person === undefined ? {} : { person: `${person} at 10.0.0.7` }),
  });
  return { id, intent: { ...intent, ...lease } };
}

/** A start that finds the machine running. */
async function found(store: Store, number: number, wish: Wish, launchedAt = T0 - HOUR): Promise<void> {
  const { instance } = act(1);
  const wanted = change(await take(store, start(number, wish)), { ...FOUND, ...(instance && { instance }) });
  assert.deepEqual(await settle(store, WORKER, [{ ...wanted, launchedAt }]), [WRITTEN]);
}

async function leaseOf(store: Store) {
  const [lease] = await store.leases({ limit: 9 });
  return lease && { who: lease.who, forMs: lease.until - T0, lengthMs: lease.lengthMs };
}

export function describeLeases(create: CreateDatabase): void {
  describe('the lease of a start', () => {
    test('is made in the transaction in which the start succeeds', async (t) => {
      const store = await (await create(t)).open();
      const acting = await call(store, await take(store, start(1, { person: 'Ada', leaseMs: HOUR })), 1);
      assert.deepEqual(await store.leases({ limit: 9 }), []);
      await move(store, acting, ENDINGS.succeeded);
      const [lease] = await store.leases({ limit: 9 });
      const { id = '', ...rest } = lease ?? {};
      const told = { instance: instanceId(1), since: T0, until: T0 + HOUR, lengthMs: HOUR, who: 'Ada', place: PLACE };
      assert.deepEqual(rest, told);
      assert.equal((await store.voices([instanceId(1)], T0)).get(instanceId(1))?.lease?.id, id);
      const [entry] = await store.audit({ event: 'lease', limit: 9 });
      assert.match(
        JSON.stringify(entry),
        /"who":"Ada".*made the lease of i-0+1 to Ada until 2027-01-15T09:00:00\.000Z/,
      );
    });

    test('is none where the start was a dry run, was refused or has failed', async (t) => {
      const store = await (await create(t)).open();
      for (const [number, ending] of [ENDINGS.refused, ENDINGS.failed].entries()) {
        const { instance } = act(1);
        await move(store, await take(store, start(number, { person: 'Ada', leaseMs: HOUR })), {
          ...ending,
          ...(instance && { instance }),
        });
      }
      const { id, intent } = start(7, { person: 'Ada', leaseMs: HOUR });
      const dry = await take(store, { id, intent: { ...intent, dryRun: true } });
      const acting = await move(store, dry, act(1));
      assert.ok(isOpen(acting));
      await move(store, acting, { ...ENDINGS.succeeded, reason: 'dry_run' });
      assert.deepEqual(await store.leases({ limit: 9 }), []);
    });

    test('of several persons who ask for the same start is the longest', async (t) => {
      for (const [first, second] of [
        [HOUR, 2 * HOUR],
        [2 * HOUR, HOUR],
      ]) {
        const store = await (await create(t)).open();
        await enqueue(store, [start(1, { person: 'Ben', leaseMs: first ?? 0 })], T0);
        await enqueue(store, [start(2, { person: 'Ada', leaseMs: second ?? 0 })], T0);
        const joined = await store.find(idOf(1));
        assert.equal(joined?.intent.leaseMs, 2 * HOUR);
      }
    });

    test('of an alert that a person joins is hers, if she says one', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [start(1, { leaseMs: 5 * HOUR })], T0);
      await enqueue(store, [start(2, { person: 'Ada', leaseMs: HOUR })], T0);
      assert.equal((await store.find(idOf(1)))?.intent.leaseMs, HOUR);
      await enqueue(store, [start(3, { leaseMs: 3 * HOUR })], T0);
      const { leaseMs, cause } = (await store.find(idOf(1)))?.intent ?? {};
      assert.deepEqual([leaseMs, cause?.by], [3 * HOUR, 'person'], 'an alert does not make it shorter');
    });

    test('that a worker has read before another joined is the one that both have asked for', async (t) => {
      const store = await (await create(t)).open();
      const acting = await call(store, await take(store, start(1, { person: 'Ada', leaseMs: HOUR })), 1);
      await enqueue(store, [start(2, { leaseMs: 2 * HOUR })], T0);
      await move(store, acting, ENDINGS.succeeded);
      assert.deepEqual(await leaseOf(store), { who: 'Ada', forMs: 2 * HOUR, lengthMs: 2 * HOUR });
    });

    test('begins no sooner than its machine was launched, also by a clock that is behind', async (t) => {
      const store = await (await create(t)).open();
      const launchedAt = T0 + 2 * MINUTE;
      await found(store, 1, { person: 'Ada', leaseMs: HOUR }, launchedAt);
      const [lease] = await store.leases({ limit: 9 });
      assert.ok(lease !== undefined && !isOver(lease, { launchedAt }));
    });

    test('is fresh for a machine that runs on a lease, so that an older stop of the lease ends', async (t) => {
      const store = await (await create(t)).open();
      const { lease: before } = await made(store, HOUR, BEN);
      await found(store, 1, { person: 'Ada' });
      const [after] = await store.leases({ limit: 9 });
      assert.ok(after !== undefined && after.id !== before.id);
      assert.deepEqual(await leaseOf(store), { who: 'Ada', forMs: HOUR, lengthMs: HOUR });
    });

    test('of an alert lengthens a lease, and never makes it shorter', async (t) => {
      const store = await (await create(t)).open();
      const { lease } = await made(store, 2 * HOUR);
      await found(store, 1, { leaseMs: HOUR });
      assert.deepEqual(await leaseOf(store), { who: 'Ada', forMs: 2 * HOUR, lengthMs: 2 * HOUR });
      await found(store, 2, { leaseMs: 3 * HOUR });
      assert.deepEqual(await leaseOf(store), { who: 'Ada', forMs: 3 * HOUR, lengthMs: 2 * HOUR });
      assert.equal((await store.leases({ limit: 1 }))[0]?.id, lease.id);
    });

    test('is none of an alert that has met a person who started the machine without an end', async (t) => {
      const store = await (await create(t)).open();
      const byAlert = await call(store, await take(store, start(1, { leaseMs: HOUR })), 1);
      const { id, intent } = start(2, { person: 'Ada' });
      const hers = await take(store, { id, intent: { ...intent, client: 'cli' } });
      await move(store, await send(store, await move(store, hers, act(1))), ENDINGS.succeeded);
      await move(store, byAlert, ENDINGS.succeeded);
      assert.deepEqual(await store.leases({ limit: 9 }), []);
    });

    test('does not go on where the machine was launched meanwhile', async (t) => {
      const store = await (await create(t)).open();
      await made(store, HOUR);
      await found(store, 1, { person: 'Ada' }, T0 + 2 * MINUTE);
      assert.deepEqual(await store.leases({ limit: 9 }), []);
    });
  });

  describe('a lease', () => {
    test('ends when a stop of its machine succeeds, whoever asked for it', async (t) => {
      const store = await (await create(t)).open();
      await made(store);
      await move(store, await call(store, await take(store, request(1)), 1), ENDINGS.succeeded);
      assert.deepEqual(await store.leases({ limit: 9 }), []);
    });

    test('is made, changed and ended by people, and wakes what waits for the machine', async (t) => {
      const store = await (await create(t)).open();
      const waits = await take(store, request(1));
      await move(store, waits, { ...wait(1, T0 + 9 * HOUR), reason: 'leased' } as Event, T0 + 9 * HOUR);
      const dueAt = async () => (await store.nextDueAt()) ?? 0;
      const asleep = async (): Promise<void> => {
        const [operation] = await claimAll(store, WORKER, T0 + 9);
        await move(store, operation ?? assert.fail(), wait(1, T0 + 9 * HOUR), T0 + 9 * HOUR);
      };
      const { lease } = await made(store);
      assert.equal(await dueAt(), T0);
      await asleep();
      const hers = { instance: instanceId(1), by: BEN, longestMs: 99 * HOUR };
      const longer = await store.changeLease({ ...hers, to: { addMs: HOUR } }, T0 + 1);
      assert.ok(longer.outcome === 'changed');
      assert.deepEqual([longer.lease.id, longer.lease.until, longer.sent], [lease.id, T0 + 2 * HOUR, []]);
      assert.equal(await dueAt(), T0 + 1);
      await asleep();
      const refused = await store.changeLease({ ...hers, to: { until: T0 + MINUTE } }, T0 + 2);
      assert.deepEqual(refused, { outcome: 'sooner' });
      assert.equal((await store.leases({ limit: 9 }))[0]?.until, T0 + 2 * HOUR);
      const sooner = await store.changeLease({ ...hers, to: { until: T0 + MINUTE }, mayShorten: true }, T0 + 2);
      assert.ok(sooner.outcome === 'changed' && sooner.lease.until === T0 + MINUTE);
      await asleep();
      assert.equal((await store.endLease(instanceId(1), ADA, T0 + 3))?.lease.id, lease.id);
      assert.equal(await dueAt(), T0 + 3);
      assert.equal(await store.endLease(instanceId(1), ADA, T0 + 4), undefined);
      assert.deepEqual(await store.changeLease({ ...hers, to: { addMs: HOUR } }, T0 + 4), { outcome: 'none' });
      const told = (await store.audit({ event: 'lease', limit: 9 })).map((entry) => [
        entry.who,
        'message' in entry && entry.message,
      ]);
      assert.deepEqual(
        told.map(([who, message]) => [who, String(message).split(' ')[0]]),
        [
          ['Ada', 'ended'],
          ['Ben', 'shortened'],
          ['Ben', 'extended'],
          ['Ada', 'made'],
        ],
      );
    });

    test('of another person is not made shorter by a fresh one', async (t) => {
      const store = await (await create(t)).open();
      await made(store, 3 * HOUR, BEN);
      const { lease } = await made(store, HOUR);
      assert.deepEqual([lease.who, lease.until], ['Ben', T0 + 3 * HOUR]);
      const again = await made(store, 2 * HOUR);
      assert.deepEqual([again.lease.who, again.lease.until], ['Ben', T0 + 3 * HOUR], 'nor by asking twice');
      const own = await made(store, 2 * HOUR, BEN);
      assert.equal(own.lease.until, T0 + 2 * HOUR);
    });

    test('whose machine was launched since is over', async (t) => {
      const store = await (await create(t)).open();
      await made(store);
      const hers = { instance: instanceId(1), by: ADA, to: { addMs: HOUR }, longestMs: 99 * HOUR };
      assert.deepEqual(await store.changeLease({ ...hers, launchedAt: T0 + 2 * MINUTE }, T0), { outcome: 'none' });
      assert.deepEqual(await store.leases({ limit: 9 }), []);
    });

    test('comes too late for a stop that was sent, and says so', async (t) => {
      const store = await (await create(t)).open();
      await call(store, await take(store, request(1)), 1);
      assert.deepEqual((await made(store, HOUR, ADA, T0 + 5)).sent, [{ id: idOf(1), sentAt: T0 }]);
    });

    test('comes too late, too, for a stop that has ended since the machine was looked at', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await call(store, await take(store, request(1)), 1), ENDINGS.succeeded);
      assert.deepEqual((await made(store)).sent, [{ id: idOf(1), sentAt: T0 }]);
      assert.deepEqual((await made(store, HOUR, ADA, T0 + MINUTE)).sent, []);
    });
  });
}

/** The stop of a lease is asked for once, and what becomes of it decides about the lease. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Event, OpenOperation } from '../../../src/domain/operation.ts';
import type { LeaseAnswer } from '../../../src/store/lease-port.ts';
import type { Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import {
  ADA,
  ENDINGS,
  MINUTE,
  T0,
  WORKER,
  act,
  change,
  claimAll,
  enqueue,
  idOf,
  instanceId,
  intentOf,
  move,
  request,
  settle,
  stateOf,
  take,
  wait,
} from './samples.ts';

export const HOUR = 60 * MINUTE;
export const BEN = { name: 'Ben', remote: '10.0.0.8' };
export const PLACE = { account: '123456789012', region: 'eu-central-1' };
const FOUND: Event = { type: 'succeed', reason: 'already_in_state', message: 'it runs', at: T0 };

/** Gives machine 1 a lease. */
export async function made(store: Store, forMs = HOUR, by = ADA, now = T0): Promise<LeaseAnswer> {
  return store.lease({ instance: instanceId(1), place: PLACE, by, until: now + forMs, lookedAt: now }, now);
}

function stopOf(lease: string, number = 50) {
  const cause = { by: 'lease', lease, name: 'Ada', beganAt: T0 } as const;
  return { id: idOf(number), intent: { ...intentOf(), cause } };
}

async function takeStop(store: Store): Promise<OpenOperation> {
  const { lease } = await made(store);
  return take(store, stopOf(lease.id));
}

export function describeLeaseStops(create: CreateDatabase): void {
  describe('the stop of a lease', () => {
    test('is asked for by one replica, a day and five minutes before the end', async (t) => {
      const [one, other] = await (await create(t)).replicas(2);
      assert.ok(one && other);
      const { lease } = await made(one, 30 * HOUR);
      const due = lease.until - 24 * HOUR - 5 * MINUTE;
      assert.deepEqual(await one.takeDueLeases(due - 1, 9), []);
      const taken = await Promise.all([one.takeDueLeases(due, 9), other.takeDueLeases(due, 9)]);
      assert.deepEqual(
        taken.flat().map(({ id }) => id),
        [lease.id],
      );
      await one.stopsAsked([lease], due);
      assert.deepEqual(await other.takeDueLeases(lease.until + HOUR - 1, 9), []);
      assert.equal((await other.takeDueLeases(lease.until + HOUR, 9)).length, 1);
    });

    test('is asked for again a minute later, if the replica dies that was to ask', async (t) => {
      const store = await (await create(t)).open();
      await made(store);
      assert.equal((await store.takeDueLeases(T0, 9)).length, 1);
      assert.equal((await store.takeDueLeases(T0 + MINUTE - 1, 9)).length, 0);
      assert.equal((await store.takeDueLeases(T0 + MINUTE, 9)).length, 1);
    });

    test('that has failed is asked for again in an hour, and for a week', async (t) => {
      const store = await (await create(t)).open();
      const stop = await takeStop(store);
      await store.stopsAsked(await store.leases({ limit: 9 }), T0);
      await move(store, stop, ENDINGS.failed);
      assert.deepEqual(await store.takeDueLeases(T0 + HOUR - 1, 9), []);
      assert.equal((await store.takeDueLeases(T0 + HOUR, 9)).length, 1);
      const late = T0 + HOUR + 8 * 24 * HOUR;
      const [lease] = await store.leases({ limit: 9 });
      const last = await take(store, stopOf(lease?.id ?? '', 51));
      await move(store, last, { ...ENDINGS.failed, at: late });
      assert.deepEqual(await store.leases({ limit: 9 }), []);
    });

    test('that is refused because of the machine ends the lease, and the audit says so', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await takeStop(store), ENDINGS.refused);
      assert.deepEqual(await store.takeDueLeases(T0 + HOUR - 1, 9), []);
      const [lease] = await store.takeDueLeases(T0 + HOUR, 9);
      const last = await take(store, stopOf(lease?.id ?? '', 51));
      await move(store, last, { ...ENDINGS.refused, at: T0 + HOUR });
      assert.deepEqual(await store.leases({ limit: 9 }), []);
      const [entry] = await store.audit({ event: 'lease', limit: 1 });
      assert.match(JSON.stringify(entry), /the stop was not made \(opt_out\), which ended the lease of i-0+1 to Ada/);
    });

    test('that a person cancels ends the lease', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await takeStop(store), wait(1, T0 + HOUR), T0 + HOUR);
      await store.cancel(idOf(50), BEN, T0 + 5);
      assert.equal(await stateOf(store, idOf(50)), 'cancelled');
      assert.deepEqual(await store.leases({ limit: 9 }), []);
      const [entry] = await store.audit({ event: 'lease', limit: 1 });
      assert.match(JSON.stringify(entry), /"who":"Ben","remote":"10\.0\.0\.8".*cancelled the stop, and so ended/);
    });

    test('that gives way to a start is asked for again', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await takeStop(store), wait(1, T0 + HOUR), T0 + HOUR);
      await store.stopsAsked(await store.leases({ limit: 9 }), T0);
      await enqueue(store, [request(60, { verb: 'start' })], T0 + 1);
      const [claimed] = await claimAll(store, WORKER, T0 + 1);
      const { instance } = act(1);
      const wanted = change(claimed ?? assert.fail(), { ...FOUND, ...(instance && { instance }) });
      await settle(store, WORKER, [wanted]);
      assert.equal(await stateOf(store, idOf(50)), 'cancelled');
      assert.equal((await store.takeDueLeases(T0 + MINUTE, 9)).length, 1);
    });

    test('does not go to another machine: one of its work is open, and an older one knows another lease', async (t) => {
      const store = await (await create(t)).open();
      const { lease } = await made(store);
      const first = await enqueue(store, [stopOf(lease.id)], T0);
      assert.deepEqual(await enqueue(store, [stopOf(lease.id, 51)], T0), [{ outcome: 'joined', operation: idOf(50) }]);
      assert.equal(first[0]?.outcome, 'accepted');
      assert.equal((await enqueue(store, [stopOf('another', 52)], T0))[0]?.outcome, 'accepted');
    });
  });
}

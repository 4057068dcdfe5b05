/** A firing alert that comes after its own end is an old copy until something says that it is not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import {
  MINUTE,
  T0,
  WORKER,
  deliveryOf,
  enqueue,
  idOf,
  memberOf,
  move,
  request,
  resolvedOf,
  stateOf,
  take,
  wait,
  type Request,
  record,
} from './samples.ts';

async function resolve(store: Store, wanted: Request, now: number): ReturnType<typeof record> {
  return record(store, [{ ...deliveryOf([]), members: [resolvedOf(wanted)] }], now);
}

async function unconfirmedSince(store: Store, id: string): Promise<number | undefined> {
  const cause = (await store.find(id))?.intent.cause;
  return cause?.by === 'alert' ? cause.unconfirmedSince : undefined;
}

export function describeUnconfirmed(create: CreateDatabase): void {
  describe('a firing alert after its own end', () => {
    test('has to be confirmed, also when its end came before any other word of it', async (t) => {
      const store = await (await create(t)).open();
      await resolve(store, request(1), T0);
      assert.deepEqual(await enqueue(store, [request(2)], T0 + 1), [{ outcome: 'accepted', operation: idOf(2) }]);
      assert.equal(await unconfirmedSince(store, idOf(2)), T0 + 1);
    });

    test('is confirmed by a copy a minute later, not sooner: what waits for that is due then', async (t) => {
      const store = await (await create(t)).open();
      const taken = await take(store, request(1));
      await resolve(store, request(1), T0);
      await move(store, taken, { type: 'cancel', reason: 'resolved', message: 'over', at: T0 });
      await move(store, await take(store, request(2), T0 + 1), wait(1, T0 + 99 * MINUTE), T0 + 99 * MINUTE);
      await enqueue(store, [request(3)], T0 + MINUTE);
      assert.equal(await unconfirmedSince(store, idOf(2)), T0 + 1, 'a minute has not passed');
      assert.equal(await store.nextDueAt(), T0 + 99 * MINUTE);
      await enqueue(store, [request(4)], T0 + MINUTE + 1);
      assert.equal(await unconfirmedSince(store, idOf(2)), undefined);
      assert.equal(await store.nextDueAt(), T0 + MINUTE + 1);
    });

    test('is over again when it is resolved again, and begins to be confirmed anew', async (t) => {
      const store = await (await create(t)).open();
      await resolve(store, request(1), T0);
      await enqueue(store, [request(2)], T0 + 1);
      assert.equal((await resolve(store, request(1), T0 + 2)).cancelled.length, 1);
      await enqueue(store, [request(3)], T0 + 2 * MINUTE);
      assert.equal(await unconfirmedSince(store, idOf(3)), T0 + 2 * MINUTE);
    });

    test('does not outweigh an alert that stands, and is confirmed beside it', async (t) => {
      const store = await (await create(t)).open();
      await resolve(store, request(1), T0);
      const other = request(2, { episode: 'two' });
      const older = { ...other.intent, cause: { ...other.intent.cause, beganAt: T0 - MINUTE } };
      await enqueue(store, [request(1)], T0 + 1);
      await enqueue(store, [{ id: idOf(2), intent: older }], T0 + 1);
      assert.deepEqual((await store.find(idOf(1)))?.intent.cause, older.cause);
      assert.deepEqual((await resolve(store, other, T0 + 2)).cancelled, [], 'the other is still behind it');
      assert.equal(await unconfirmedSince(store, idOf(1)), T0 + 1);
    });

    test('does not put back what a worker holds while its alert ends', async (t) => {
      const store = await (await create(t)).open();
      await take(store, request(1));
      await resolve(store, request(1), T0 + 1);
      assert.deepEqual(await enqueue(store, [request(2)], T0 + 2), [{ outcome: 'joined', operation: idOf(1) }]);
      assert.equal((await store.standing(WORKER, [idOf(1)], T0)).get(idOf(1))?.isResolved, true);
    });

    test('in one transaction: what comes last counts, and an old copy counts for little', async (t) => {
      const store = await (await create(t)).open();
      const fires = deliveryOf([request(1)]);
      const ends = { ...fires, members: [resolvedOf(request(1))] };
      const old = deliveryOf([request(2)]);
      assert.equal((await record(store, [fires, ends, old], T0)).cancelled.length, 1);
      assert.equal(await stateOf(store, idOf(1)), 'cancelled');
      await enqueue(store, [request(3)], T0 + 1);
      assert.equal(await unconfirmedSince(store, idOf(3)), T0 + 1);
    });

    test('does not take back what its end has asked for, until it is confirmed', async (t) => {
      const store = await (await create(t)).open();
      const start = request(1, { verb: 'start' });
      const { cause } = request(2).intent;
      assert.ok(cause.by === 'alert');
      const stop: Request = { id: idOf(2), intent: { ...request(2).intent, cause: { ...cause, resolved: true } } };
      const ends = (wanted: Request) => ({ ends: resolvedOf(wanted).asked.ends ?? assert.fail() });
      const fires = (now: number, number: number) =>
        record(store, [{ ...deliveryOf([]), members: [memberOf({ ...start, id: idOf(number) }, ends(stop))] }], now);
      await record(store, [{ ...deliveryOf([]), members: [memberOf(stop, ends(start))] }], T0);
      assert.deepEqual((await fires(T0 + 1, 3)).cancelled, []);
      assert.equal((await fires(T0 + 1 + MINUTE, 4)).cancelled.length, 1);
      assert.equal(await stateOf(store, idOf(2)), 'cancelled');
      // A copy of the old end comes late: it asks for nothing any more.
      const { receipts } = await record(store, [deliveryOf([{ ...stop, id: idOf(5) }])], T0 + 2 * MINUTE);
      assert.deepEqual([receipts[0]?.[0]?.outcome, receipts[0]?.[0]?.operation], ['done', idOf(2)]);
    });

    test('and its end at the same moment, on two replicas: either the end comes last, or the copy is not confirmed', async (t) => {
      const [one, other] = await (await create(t)).replicas(2);
      assert.ok(one && other);
      for (let round = 0; round < 30; round += 1) {
        const wanted = request(round, { machine: round });
        const copy = enqueue(other, [wanted], T0);
        await Promise.all([resolve(one, wanted, T0), copy]);
        const isOver: boolean = (await stateOf(one, idOf(round))) === 'cancelled';
        assert.ok(isOver || (await unconfirmedSince(one, idOf(round))) === T0, `round ${round}`);
      }
    });
  });
}

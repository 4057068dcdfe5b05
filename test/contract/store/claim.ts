import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import {
  ENDINGS,
  MINUTE,
  T0,
  WORKER,
  change,
  claimAll,
  idOf,
  move,
  request,
  take,
  wait,
  WRITTEN,
  enqueue,
  settle,
} from './samples.ts';

export function describeClaim(create: CreateDatabase): void {
  describe('claim', () => {
    test('an operation that this version cannot read does not keep the others from being worked on', async (t) => {
      const database = await create(t);
      const before = await database.open();
      await enqueue(before, [request(1, { machine: 1 }), request(2, { machine: 2 })], T0);
      await before.close();
      await database.sql(
        `update operation set state = 'waiting', reason = 'of_the_future', intent = '{}' where id = '${idOf(1)}'`,
      );
      const store = await database.open();
      assert.deepEqual(
        (await claimAll(store)).map(({ id }) => id),
        [idOf(2)],
      );
      assert.deepEqual(
        (await store.list({ limit: 10 })).map(({ id }) => id),
        [idOf(2), idOf(1)],
      );
    });

    test('takes what is due, the longest due first, and not more than the limit', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [request(1, { machine: 1 })], T0 + 2);
      await enqueue(store, [request(2, { machine: 2 })], T0 + 1);
      await enqueue(store, [request(3, { machine: 3 })], T0 + 3);
      const claim = async (limit: number): Promise<readonly string[]> =>
        (await store.claim({ owner: WORKER, now: T0 + 2, until: T0 + MINUTE, limit })).operations.map(({ id }) => id);
      assert.deepEqual(await claim(1), [idOf(2)]);
      assert.deepEqual(await claim(10), [idOf(1)]);
      assert.deepEqual(await claim(10), []);
    });

    test('gives each operation to one of five workers that claim at once', async (t) => {
      const replicas = await (await create(t)).replicas(5);
      const [first] = replicas;
      const all = Array.from({ length: 100 }, (_, machine) => request(machine, { machine }));
      await enqueue(first ?? assert.fail(), all, T0);
      const taken = await Promise.all(replicas.map(async (store, index) => drain(store, `worker-${String(index)}`)));
      assert.deepEqual(
        taken.flat().sort(),
        all.map(({ id }) => id),
      );
    });

    test('lets others take over what was not settled before the claim ended', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [request(1)], T0);
      await store.claim({ owner: WORKER, now: T0, until: T0 + MINUTE, limit: 10 });
      assert.deepEqual(await claimAll(store, 'worker-2', T0 + MINUTE - 1), []);
      const [operation] = await claimAll(store, 'worker-2', T0 + MINUTE);
      assert.equal(operation?.id, idOf(1));
    });

    test('never takes what has ended', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1)), ENDINGS.succeeded, T0);
      assert.deepEqual(await claimAll(store, WORKER, T0 + 100 * MINUTE), []);
    });
  });

  describe('renew', () => {
    test("keeps the claims that it names, as far as they are the owner's", async (t) => {
      const store = await (await create(t)).open();
      const until = T0 + MINUTE;
      for (const [owner, machine] of [
        ['worker-1', 1],
        ['worker-1', 2],
        ['worker-2', 3],
      ] as const) {
        await enqueue(store, [request(machine, { machine })], T0);
        await store.claim({ owner, now: T0, until, limit: 10 });
      }
      await store.renew('worker-1', [idOf(1), idOf(3)], T0 + 2 * MINUTE);
      const taken = await claimAll(store, 'worker-3', until);
      assert.deepEqual(
        taken.map(({ id }) => id),
        [idOf(2), idOf(3)],
      );
    });

    test('does not bring back what was settled or taken over', async (t) => {
      const store = await (await create(t)).open();
      const operation = await take(store, request(1));
      await move(store, operation, wait(1, T0 + MINUTE), T0 + MINUTE);
      await store.renew(WORKER, [operation.id], T0 + 100 * MINUTE);
      assert.equal(await store.nextDueAt(), T0 + MINUTE);
      await claimAll(store, 'worker-2', T0 + MINUTE);
      await store.renew(WORKER, [operation.id], T0 + 200 * MINUTE);
      assert.equal(await store.nextDueAt(), T0 + 61 * MINUTE);
    });
  });

  describe('hasten', () => {
    test('makes due what a clock that was ahead has put off, and nothing else', async (t) => {
      const store = await (await create(t)).open();
      const [ahead, ordinary] = [await take(store, request(1)), await take(store, request(2, { machine: 2 }))];
      await move(store, ahead, wait(1, T0 + 61 * MINUTE), T0 + 61 * MINUTE);
      await move(store, ordinary, wait(1, T0 + 5 * MINUTE), T0 + 5 * MINUTE);
      await store.hasten(T0 + 15 * MINUTE, T0);
      const taken = await claimAll(store, WORKER, T0);
      assert.deepEqual(
        taken.map(({ id }) => id),
        [idOf(1)],
      );
    });
  });

  describe('settle is fenced', () => {
    test('a change is lost when another worker has taken the operation over', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [request(1)], T0);
      const {
        operations: [mine],
      } = await store.claim({ owner: WORKER, now: T0, until: T0 + 1, limit: 1 });
      const [theirs] = await claimAll(store, 'worker-2', T0 + 1);
      assert.ok(mine && theirs);
      assert.deepEqual(await settle(store, WORKER, [change(mine, ENDINGS.failed)]), [{ outcome: 'lost' }]);
      assert.deepEqual(await settle(store, 'worker-2', [change(theirs, ENDINGS.succeeded)]), [WRITTEN]);
      assert.deepEqual(
        (await store.trail(idOf(1))).map(({ state }) => state),
        ['queued', 'succeeded'],
      );
    });

    test('a change is lost when the operation is no longer in the state it was read in', async (t) => {
      const store = await (await create(t)).open();
      const queued = await take(store, request(1));
      await move(store, queued, wait(1, T0));
      assert.deepEqual(await settle(store, WORKER, [change(queued, ENDINGS.succeeded)]), [{ outcome: 'lost' }]);
    });

    test('a change is lost once its operation was released', async (t) => {
      const store = await (await create(t)).open();
      const queued = await take(store, request(1));
      const waiting = await move(store, queued, wait(1, T0 + MINUTE), T0 + MINUTE);
      assert.ok(waiting.state === 'waiting');
      assert.deepEqual(await settle(store, WORKER, [change(waiting, ENDINGS.succeeded)]), [{ outcome: 'lost' }]);
    });
  });
}

async function drain(store: Store, owner: string): Promise<readonly string[]> {
  const taken: string[] = [];
  for (;;) {
    const { operations: some } = await store.claim({ owner, now: T0, until: T0 + MINUTE, limit: 7 });
    assert.ok(some.length <= 7, `asked for 7 at most, got ${String(some.length)}`);
    if (some.length === 0) return taken;
    taken.push(...some.map(({ id }) => id));
  }
}

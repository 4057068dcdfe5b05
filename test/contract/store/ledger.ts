import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fleetKey, instanceKey, type LedgerEntry } from '../../../src/domain/limit.ts';
import type { OpenOperation } from '../../../src/domain/operation.ts';
import type { Change, Settled } from '../../../src/domain/change.ts';
import type { Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import {
  act,
  call,
  change,
  claimAll,
  ENDINGS,
  enqueue,
  idOf,
  instanceId,
  MINUTE,
  move,
  request,
  send,
  T0,
  take,
  wait,
  WORKER,
  WRITTEN,
  settle,
} from './samples.ts';

const FLEET = fleetKey(undefined);
const LIMIT = { count: 2, perMs: 10 * MINUTE };

/** A stop as the ledger has it: under its machine, and under a limit. */
function entries(machine: number, limit = LIMIT, key = FLEET): readonly LedgerEntry[] {
  return [{ key: instanceKey(instanceId(machine), 'stop') }, { key, limit }];
}

function acting(before: OpenOperation, machine: number, at = T0, ledger = entries(machine)): Change {
  return { ...change(before, act(machine)), at, ledger };
}

/** Opens an operation on the machine and lets it act at that time. */
async function actOn(store: Store, machine: number, at = T0, ledger = entries(machine)): Promise<Settled | undefined> {
  const before = await take(store, request(machine, { machine }), at);
  return (await settle(store, WORKER, [acting(before, machine, at, ledger)]))[0];
}

async function times(store: Store, key: string, since = 0): Promise<readonly number[] | undefined> {
  return (await store.acts([key], since)).get(key)?.map(({ at }) => at);
}

export function describeLedger(create: CreateDatabase): void {
  describe('the ledger', () => {
    test('counts an act under each of its keys, oldest first, after a time', async (t) => {
      const store = await (await create(t)).open();
      await actOn(store, 2, T0 + 5);
      await actOn(store, 1, T0);
      const keys = [FLEET, instanceKey(instanceId(1), 'stop'), instanceKey(instanceId(3), 'stop')];
      assert.deepEqual(
        await store.acts(keys, T0 - 1),
        new Map([
          [
            FLEET,
            [
              { operation: idOf(1), at: T0 },
              { operation: idOf(2), at: T0 + 5 },
            ],
          ],
          [instanceKey(instanceId(1), 'stop'), [{ operation: idOf(1), at: T0 }]],
        ]),
      );
      assert.deepEqual(await times(store, FLEET, T0), [T0 + 5], 'that very time does not count any more');
      assert.deepEqual(await store.acts([], 0), new Map());
    });

    test('has no room beyond the limit: the change is not written, and it says when there is room again', async (t) => {
      const store = await (await create(t)).open();
      assert.deepEqual(await actOn(store, 1, T0), WRITTEN);
      assert.deepEqual(await actOn(store, 2, T0 + MINUTE), WRITTEN);
      const answer = await actOn(store, 3, T0 + 2 * MINUTE);
      assert.ok(answer?.outcome === 'limited');
      assert.deepEqual([answer.limit.count, answer.limit.perMs, answer.until], [2, 10 * MINUTE, T0 + 10 * MINUTE]);
      assert.deepEqual(await times(store, FLEET), [T0, T0 + MINUTE]);
      assert.deepEqual([(await store.find(idOf(3)))?.state, (await store.trail(idOf(3))).length], ['queued', 1]);
    });

    test('has room again at that moment, not before', async (t) => {
      const store = await (await create(t)).open();
      await actOn(store, 1, T0);
      await actOn(store, 2, T0 + MINUTE);
      const third = await take(store, request(3, { machine: 3 }));
      const until = T0 + 10 * MINUTE;
      for (const [at, outcome] of [
        [until - 1, 'limited'],
        [until, 'written'],
      ] as const)
        assert.equal((await settle(store, WORKER, [acting(third, 3, at)]))[0]?.outcome, outcome);
    });

    test('counts within one transaction, too, and each limit for itself', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(
        store,
        [1, 2, 3, 4].map((machine) => request(machine, { machine })),
        T0,
      );
      const changes = (await claimAll(store)).map((operation, index) =>
        acting(operation, index + 1, T0, entries(index + 1, LIMIT, index === 3 ? fleetKey({ team: 'ml' }) : FLEET)),
      );
      assert.deepEqual(
        (await settle(store, WORKER, changes)).map(({ outcome }) => outcome),
        ['written', 'written', 'limited', 'written'],
      );
    });

    test('counts an act once where two limits are on the same machines', async (t) => {
      const store = await (await create(t)).open();
      const two: readonly LedgerEntry[] = [
        { key: FLEET, limit: LIMIT },
        { key: FLEET, limit: { count: 9, perMs: 60 * MINUTE } },
      ];
      await enqueue(
        store,
        [1, 2].map((machine) => request(machine, { machine })),
        T0,
      );
      const changes = (await claimAll(store)).map((before, index) => acting(before, index + 1, T0, two));
      assert.deepEqual(await settle(store, WORKER, changes), [WRITTEN, WRITTEN]);
      assert.deepEqual(await times(store, FLEET), [T0, T0]);
    });

    test('an operation keeps its place for another try, at the time of that try', async (t) => {
      const store = await (await create(t)).open();
      const limit = { count: 1, perMs: 10 * MINUTE };
      const first = await take(store, request(1, { machine: 1 }));
      const tried = acting(first, 1, T0, entries(1, limit));
      assert.deepEqual(await settle(store, WORKER, [tried]), [WRITTEN]);
      assert.ok(tried.after.state === 'acting');
      const throttled = { ...wait(1, T0 + MINUTE), nothingChanged: true };
      const waiting = await move(store, tried.after, throttled, T0 + MINUTE);
      assert.ok(waiting.state === 'waiting');
      assert.equal((await actOn(store, 2, T0 + MINUTE, entries(2, limit)))?.outcome, 'limited', 'its place is taken');
      await claimAll(store, WORKER, T0 + 5 * MINUTE);
      assert.deepEqual(await settle(store, WORKER, [acting(waiting, 1, T0 + 5 * MINUTE, entries(1, limit))]), [
        WRITTEN,
      ]);
      assert.deepEqual(await times(store, FLEET), [T0 + 5 * MINUTE]);
    });

    test('a try after its place was forgotten is counted anew, and needs room', async (t) => {
      const store = await (await create(t)).open();
      const limit = { count: 1, perMs: MINUTE };
      const first = await take(store, request(1, { machine: 1 }));
      const tried = acting(first, 1, T0, entries(1, limit));
      await settle(store, WORKER, [tried]);
      assert.ok(tried.after.state === 'acting');
      const waiting = await move(store, tried.after, { ...wait(1, T0), nothingChanged: true }, T0);
      assert.ok(waiting.state === 'waiting');
      await claimAll(store, WORKER, T0 + 2 * MINUTE);
      const again = acting(waiting, 1, T0 + 2 * MINUTE, entries(1, limit));
      assert.deepEqual(await settle(store, WORKER, [again]), [WRITTEN]);
      assert.equal((await actOn(store, 2, T0 + 2 * MINUTE, entries(2, limit)))?.outcome, 'limited');
    });

    test('forgets what ended without EC2 having changed anything, and nothing else', async (t) => {
      const store = await (await create(t)).open();
      const endings = [
        { ...ENDINGS.refused, nothingChanged: true },
        { ...ENDINGS.failed, nothingChanged: true },
        ENDINGS.failed,
        ENDINGS.succeeded,
      ] as const;
      for (const [index, ending] of endings.entries()) {
        const machine = index + 1;
        const taken = acting(
          await take(store, request(machine, { machine })),
          machine,
          T0,
          entries(machine, { ...LIMIT, count: 9 }),
        );
        await settle(store, WORKER, [taken]);
        assert.ok(taken.after.state === 'acting');
        const key = instanceKey(instanceId(machine), 'stop');
        assert.deepEqual(await times(store, key), [T0], 'while it is open it counts');
        await move(store, await send(store, taken.after), ending);
        const counts = !('nothingChanged' in ending);
        assert.deepEqual(await times(store, key), counts ? [T0] : undefined);
      }
      assert.deepEqual(await times(store, FLEET), [T0, T0]);
    });

    test('a change that is lost, or that a rival stands in the way of, takes no place', async (t) => {
      const store = await (await create(t)).open();
      const [lost, start] = [
        await take(store, request(1, { machine: 1 })),
        await take(store, request(2, { machine: 2, verb: 'start' })),
      ];
      await call(store, start, 2);
      const stop = await take(store, request(3, { machine: 2 }));
      assert.deepEqual(await settle(store, 'worker-2', [acting(lost, 1)]), [{ outcome: 'lost' }]);
      assert.equal((await settle(store, WORKER, [acting(stop, 2)]))[0]?.outcome, 'rival');
      assert.equal(await times(store, FLEET), undefined);
    });

    test('what has no room cancels nobody for itself', async (t) => {
      const store = await (await create(t)).open();
      const limit = { count: 1, perMs: MINUTE };
      await actOn(store, 1, T0, entries(1, limit));
      const start = await take(store, request(2, { machine: 2, verb: 'start' }));
      await move(store, start, wait(2, T0 + 1), T0 + 1);
      const stop = await take(store, request(3, { machine: 2, person: 'ada' }));
      assert.equal((await settle(store, WORKER, [acting(stop, 2, T0, entries(2, limit))]))[0]?.outcome, 'limited');
      assert.equal((await store.find(start.id))?.state, 'waiting');
    });

    test('goes with the operations that are pruned', async (t) => {
      const database = await create(t);
      const store = await database.open();
      const taken = acting(await take(store, request(1, { machine: 1 })), 1);
      await settle(store, WORKER, [taken]);
      assert.ok(taken.after.state === 'acting');
      await move(store, await send(store, taken.after), ENDINGS.succeeded);
      await actOn(store, 2);
      assert.deepEqual(await times(store, FLEET), [T0, T0]);
      await store.prune(T0 + 1, 100);
      assert.deepEqual(await times(store, FLEET), [T0]);
      await store.close();
      const rows = await database.sql('select operation_id from ledger');
      assert.ok(rows.every(({ operation_id: id }) => id === idOf(2)));
    });

    test('owners who act at the same moment do not exceed the limit between them', async (t) => {
      const replicas = await (await create(t)).replicas(4);
      const [first] = replicas;
      assert.ok(first);
      const limit = { count: 7, perMs: MINUTE };
      const machines = Array.from({ length: 40 }, (_, index) => index + 1);
      await enqueue(
        first,
        machines.map((machine) => request(machine, { machine })),
        T0,
      );
      const answers = await Promise.all(
        replicas.map(async (store, index) => {
          const owner = `worker-${String(index)}`;
          const { operations: claimed } = await store.claim({ owner, now: T0, until: T0 + MINUTE, limit: 10 });
          const changes = claimed.map((operation) => {
            const machine = Number(operation.id.slice(-12));
            return acting(operation, machine, T0, entries(machine, limit));
          });
          // Two transactions each, so that they meet.
          const halves = [changes.slice(0, 5), changes.slice(5)];
          return Promise.all(halves.map(async (half) => settle(store, owner, half)));
        }),
      );
      const outcomes = answers.flat(2).map(({ outcome }) => outcome);
      assert.equal(outcomes.filter((outcome) => outcome === 'written').length, 7, outcomes.join(' '));
      assert.equal(outcomes.filter((outcome) => outcome === 'limited').length, 33);
      assert.equal((await times(first, FLEET))?.length, 7);
    });
  });

  describe('what a guard has held back', () => {
    test('remembers until when, through every state and a restart', async (t) => {
      const database = await create(t);
      const before = await database.open();
      const queued = await take(before, request(1));
      const until = T0 + 9 * MINUTE;
      const held = await move(before, queued, { type: 'wait', until, reason: 'fleet_limit', message: 'full' }, T0);
      assert.equal(held.heldUntil, until);
      await before.close();
      const store = await database.open();
      const [again] = await claimAll(store);
      assert.ok(again);
      assert.equal(again.heldUntil, until);
      const retried = await move(store, again, wait(1, T0 + 10 * MINUTE), T0);
      assert.equal((await store.find(idOf(1)))?.heldUntil, until, 'another wait does not take it away');
      await claimAll(store);
      assert.ok(retried.state === 'waiting');
      await move(store, retried, act(1));
      assert.equal((await store.find(idOf(1)))?.heldUntil, until);
    });
  });

  describe('renew', () => {
    test("says which are still the owner's", async (t) => {
      const store = await (await create(t)).open();
      const [mine, theirs, ended] = [
        await take(store, request(1, { machine: 1 })),
        await take(store, request(2, { machine: 2 }), T0, 'worker-2'),
        await take(store, request(3, { machine: 3 })),
      ];
      await move(store, ended, ENDINGS.succeeded);
      const renewed = await store.renew(WORKER, [mine.id, theirs.id, ended.id, idOf(9)], T0 + 90 * MINUTE);
      assert.deepEqual(renewed, [mine.id]);
      assert.deepEqual(await store.renew(WORKER, [], T0), []);
    });
  });
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fleetKey } from '../../../src/domain/limit.ts';
import type { Event, OpenOperation } from '../../../src/domain/operation.ts';
import type { Warned } from '../../../src/domain/warned.ts';
import type { Change, Settled } from '../../../src/domain/change.ts';
import type { Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import { claim, SENDER, SENT, warningOf } from './notice-samples.ts';
import {
  act,
  change,
  claimAll,
  ENDINGS,
  enqueue,
  idOf,
  instanceId,
  MINUTE,
  move,
  request,
  settle,
  T0,
  take,
  wait,
  WORKER,
  WRITTEN,
} from './samples.ts';

const FLEET = fleetKey(undefined);
const LIMIT = { count: 1, perMs: 10 * MINUTE };
const PLACE = [{ key: FLEET, limit: LIMIT }];

function warning(machine: number, at: number, minutes: number, more: Partial<Warned> = {}): Event {
  const warned: Warned = { at, stopsAt: at + minutes * MINUTE, ...more };
  const { instance } = act(machine);
  return {
    type: 'wait',
    reason: 'warned',
    until: warned.stopsAt,
    message: 'it stops',
    warned,
    ...(instance === undefined ? {} : { instance }),
  };
}

function warns(before: OpenOperation, machine: number, at = T0, minutes = 15): Change {
  const event = warning(machine, at, minutes);
  return { ...change(before, event, at + minutes * MINUTE), at, ledger: PLACE };
}

async function warnOf(store: Store, machine: number, at = T0, minutes = 15): Promise<Settled | undefined> {
  const before = await take(store, request(machine, { machine }), at);
  return (await settle(store, WORKER, [warns(before, machine, at, minutes)]))[0];
}

async function places(store: Store): Promise<readonly number[]> {
  return ((await store.acts([FLEET], 0)).get(FLEET) ?? []).map(({ at }) => at - T0);
}

export function describeWarned(create: CreateDatabase): void {
  describe('a warning', () => {
    test('stands with whether people were told of it, and keeps that its stop was put off for them', async (t) => {
      const store = await (await create(t)).open();
      await warnOf(store, 1);
      const stands = async (now: number) => (await store.standing(WORKER, [idOf(1)], now)).get(idOf(1))?.told;
      const [claimed] = await claimAll(store, WORKER, T0 + 15 * MINUTE);
      assert.ok(claimed !== undefined);
      assert.deepEqual(await stands(T0 + 15 * MINUTE), []);
      await store.addNotices([warningOf(idOf(1), T0)], T0);
      const notice = { channel: 'ml', warnedAt: T0 };
      assert.deepEqual(await stands(T0 + 15 * MINUTE), [{ ...notice, state: 'pending' }]);
      const toldAt = T0 + 20 * MINUTE;
      const [sent] = await claim(store, toldAt);
      assert.ok(sent !== undefined && (await store.settleNotice(SENDER, sent.id, SENT, toldAt)));
      assert.deepEqual(await stands(toldAt), [{ ...notice, state: 'sent', sentAt: toldAt }]);
      const put = { at: T0, stopsAt: T0 + 35 * MINUTE, toldAt };
      await move(store, claimed, warning(1, T0, 35, { toldAt }));
      assert.deepEqual((await store.find(idOf(1)))?.warned, put);
    });

    test('is kept with its wait, through a restart', async (t) => {
      const database = await create(t);
      const before = await database.open();
      assert.deepEqual(await warnOf(before, 1), WRITTEN);
      await before.close();
      const store = await database.open();
      const warned = { at: T0, stopsAt: T0 + 15 * MINUTE };
      assert.deepEqual((await store.find(idOf(1)))?.warned, warned);
      assert.deepEqual(await store.countWaiting(), new Map([['warned', 1]]));
      const [again] = await claimAll(store, WORKER, warned.stopsAt);
      assert.deepEqual([again?.warned, again?.heldUntil], [warned, warned.stopsAt]);
    });

    test('takes a place under the limit, for the time at which the stop follows', async (t) => {
      const store = await (await create(t)).open();
      await warnOf(store, 1);
      assert.deepEqual(
        await store.acts([FLEET], 0),
        new Map([[FLEET, [{ operation: idOf(1), at: T0 + 15 * MINUTE, planned: true }]]]),
      );
      const second = await warnOf(store, 2, T0 + MINUTE);
      assert.ok(second?.outcome === 'limited');
      assert.equal(second.until, T0 + 10 * MINUTE, 'a stop is warned of then that follows ten minutes after the first');
      assert.deepEqual(await warnOf(store, 3, T0 + 10 * MINUTE), WRITTEN);
    });

    test('of any length finds room before the stop of another, and after it', async (t) => {
      const store = await (await create(t)).open();
      await warnOf(store, 1, T0, 60);
      assert.deepEqual(await warnOf(store, 2, T0, 50), WRITTEN);
      assert.equal((await warnOf(store, 3, T0, 55))?.outcome, 'limited');
      assert.deepEqual(await warnOf(store, 4, T0, 70), WRITTEN);
      assert.deepEqual(await places(store), [50 * MINUTE, 60 * MINUTE, 70 * MINUTE]);
    });

    test('keeps its place at the call, whose time counts from then on', async (t) => {
      const store = await (await create(t)).open();
      await warnOf(store, 1);
      const later = T0 + 17 * MINUTE;
      const [warned] = await claimAll(store, WORKER, later);
      assert.ok(warned);
      const acts = { ...change(warned, act(1)), at: later, ledger: [{ key: FLEET }] };
      assert.deepEqual(await settle(store, WORKER, [acts]), [WRITTEN]);
      assert.deepEqual(await store.acts([FLEET], 0), new Map([[FLEET, [{ operation: idOf(1), at: later }]]]));
    });

    for (const reason of ['held', 'leased', 'paused'] as const)
      test(`gives its place back when its stop is ${reason}, and takes one afresh later`, async (t) => {
        const store = await (await create(t)).open();
        await warnOf(store, 1);
        const [warned] = await claimAll(store, WORKER, T0 + 15 * MINUTE);
        assert.ok(warned);
        const until = T0 + 60 * MINUTE;
        const held = await move(
          store,
          warned,
          { ...wait(1, until), reason, message: 'no', type: 'wait', until },
          until,
        );
        assert.equal((await store.find(held.id))?.warned, undefined);
        assert.deepEqual(await places(store), []);
        assert.deepEqual(await warnOf(store, 2, T0 + 16 * MINUTE), WRITTEN);
        const again = (await claimAll(store, WORKER, until)).find(({ id }) => id === held.id);
        assert.ok(again);
        assert.deepEqual(await settle(store, WORKER, [warns(again, 1, until)]), [WRITTEN]);
        assert.deepEqual(await places(store), [31 * MINUTE, 75 * MINUTE]);
      });

    test('gives its place back when it is cancelled', async (t) => {
      const store = await (await create(t)).open();
      await warnOf(store, 1);
      await store.cancel(idOf(1), { name: 'Ada', remote: '' }, T0);
      assert.deepEqual(await places(store), []);
    });

    test('moves its place when it is given afresh, and needs room there', async (t) => {
      const store = await (await create(t)).open();
      await warnOf(store, 1);
      await warnOf(store, 2, T0 + 31 * MINUTE);
      const late = T0 + 46 * MINUTE;
      await claimAll(store, WORKER, late);
      const first = await store.find(idOf(1));
      assert.ok(first?.state === 'waiting');
      assert.equal((await settle(store, WORKER, [warns(first, 1, late, 5)]))[0]?.outcome, 'limited');
      assert.deepEqual(await settle(store, WORKER, [warns(first, 1, late, 10)]), [WRITTEN]);
      assert.deepEqual(await places(store), [46 * MINUTE, 56 * MINUTE]);
    });

    test('makes no rival give way, and none stands in its way', async (t) => {
      const store = await (await create(t)).open();
      const start = await take(store, request(1, { machine: 1, verb: 'start' }));
      await move(store, start, wait(1, T0 + MINUTE), T0 + MINUTE);
      assert.deepEqual(await warnOf(store, 1 + 1, T0), WRITTEN);
      const stop = await take(store, request(3, { machine: 1 }));
      assert.deepEqual(await settle(store, WORKER, [{ ...warns(stop, 1), ledger: [] }]), [WRITTEN]);
      assert.equal((await store.find(start.id))?.state, 'waiting');
    });

    test('is told once in the trail, however often its operation is looked at', async (t) => {
      const store = await (await create(t)).open();
      await warnOf(store, 1);
      for (const minute of [1, 2]) {
        await store.hasten(T0, T0 + minute * MINUTE);
        const [warned] = await claimAll(store, WORKER, T0 + minute * MINUTE);
        assert.ok(warned);
        await settle(store, WORKER, [{ ...change(warned, warning(1, T0, 15), T0 + 15 * MINUTE) }]);
      }
      assert.equal((await store.trail(idOf(1))).filter(({ state }) => state === 'waiting').length, 1);
    });

    test('of 1,000 machines at once, on four replicas: as many as the limit allows, and none is lost', async (t) => {
      const replicas = await (await create(t)).replicas(4);
      const [first] = replicas;
      assert.ok(first);
      const numbers = Array.from({ length: 1_000 }, (_, index) => index + 1);
      await enqueue(
        first,
        numbers.map((machine) => request(machine, { machine })),
        T0,
      );
      const limit = { count: 70, perMs: 10 * MINUTE };
      const answers = await Promise.all(
        replicas.map(async (store, index) => {
          const owner = `worker-${String(index)}`;
          const { operations } = await store.claim({ owner, now: T0, until: T0 + MINUTE, limit: 250 });
          const changes = operations.map((operation) => ({
            ...warns(operation, Number(operation.id.slice(-12))),
            ledger: [{ key: FLEET, limit }],
          }));
          return Promise.all([0, 125].map(async (from) => settle(store, owner, changes.slice(from, from + 125))));
        }),
      );
      const outcomes = Map.groupBy(answers.flat(2), ({ outcome }) => outcome);
      assert.deepEqual([outcomes.get('written')?.length, outcomes.get('limited')?.length], [70, 930]);
      assert.equal((await places(first)).length, 70);
    });

    test('that ends without a call leaves no place, whatever it ends as', async (t) => {
      const store = await (await create(t)).open();
      for (const [index, ending] of [ENDINGS.refused, ENDINGS.failed, ENDINGS.cancelled].entries()) {
        const machine = index + 1;
        assert.deepEqual(await warnOf(store, machine, T0), WRITTEN, instanceId(machine));
        const [warned] = await claimAll(store, WORKER, T0 + 15 * MINUTE);
        assert.ok(warned);
        await move(store, warned, ending);
      }
      assert.deepEqual(await places(store), []);
    });
  });
}

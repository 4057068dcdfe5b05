/** What a person says with her own operation counts against others up to the moment at which EC2 is asked. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OpenOperation } from '../../../src/domain/operation.ts';
import type { Word } from '../../../src/domain/word.ts';
import type { Settled } from '../../../src/domain/change.ts';
import type { Standing, Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import {
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
  intentOf,
  move,
  request,
  stateOf,
  take,
  wait,
  type Request,
  settle,
} from './samples.ts';

const OTHER = 'worker-2';
const RUNS = {
  type: 'succeed',
  reason: 'already_in_state',
  message: 'runs',
  at: T0,
  instance: { id: instanceId(1), place: {} },
} as const;
const WORD: Word = { instance: instanceId(1), verb: 'stop', kind: 'request', at: T0, who: 'Ada' };
const BUSY = (rival: number): Settled => ({ outcome: 'rival', rival: idOf(rival), yields: false });

const adaStarts = (number: number): Request => request(number, { verb: 'start', person: 'Ada' });

async function settleOne(store: Store, before: OpenOperation, event: Parameters<typeof change>[1], owner = WORKER) {
  return (await settle(store, owner, [change(before, event)]))[0];
}

async function standingOf(store: Store, number: number): Promise<Standing | undefined> {
  return (await store.standing(WORKER, [idOf(number)], T0)).get(idOf(number));
}

export function describeOverruled(create: CreateDatabase): void {
  describe('what a person asks for', () => {
    test('is in the way of a stop that finds its machine only after her start has ended', async (t) => {
      const store = await (await create(t)).open();
      const stop = await take(store, request(1));
      assert.deepEqual(await settleOne(store, await take(store, adaStarts(2)), RUNS), WRITTEN);
      assert.deepEqual(await settleOne(store, stop, act(1)), { outcome: 'overruled', word: WORD });
      assert.equal(await stateOf(store, idOf(1)), 'queued');
    });

    test('counts for the others of the same transaction, in whichever order they stand', async (t) => {
      const store = await (await create(t)).open();
      const stop = await take(store, request(1));
      const start = await take(store, adaStarts(2));
      const settled = await settle(store, WORKER, [change(stop, act(1)), change(start, RUNS)]);
      assert.deepEqual(settled, [{ outcome: 'overruled', word: WORD }, WRITTEN]);
    });

    test('is not done as long as a stop that was sent is under way', async (t) => {
      const store = await (await create(t)).open();
      await call(store, await take(store, request(1)), 1);
      assert.equal((await standingOf(store, 1))?.overruledBy, undefined);
      const start = await take(store, adaStarts(2), T0, OTHER);
      assert.deepEqual(await settleOne(store, start, RUNS, OTHER), BUSY(1));
      assert.deepEqual((await standingOf(store, 1))?.overruledBy, WORD);
    });

    test('waits for a stop whose answer was lost, until EC2 would have shown what became of it', async (t) => {
      const store = await (await create(t)).open();
      const stop = await call(store, await take(store, request(1)), 1);
      await move(store, stop, wait(1, T0 + MINUTE), T0 + MINUTE);
      const start = await take(store, adaStarts(2));
      assert.deepEqual(await settleOne(store, start, RUNS), BUSY(1));
      const [settled] = await settle(store, WORKER, [{ ...change(start, RUNS), at: T0 + MINUTE }]);
      assert.equal(settled?.outcome, 'written');
      assert.equal(await stateOf(store, idOf(1)), 'cancelled');
    });

    test('says nothing when she is refused, or only tries', async (t) => {
      const store = await (await create(t)).open();
      const instance = { id: instanceId(1), place: {} };
      const refused = { type: 'refuse', reason: 'token_selector', message: 'not hers', at: T0, instance } as const;
      await move(store, await take(store, adaStarts(1)), refused);
      await move(store, await take(store, request(2, { verb: 'start', person: 'Ada', dryRun: true })), RUNS);
      assert.deepEqual(await store.words([instanceId(1)]), []);
    });

    test('comes before what another person has asked for earlier, and not before what she asks for later', async (t) => {
      const store = await (await create(t)).open();
      const asked = (number: number, beganAt: number): Request => ({
        id: idOf(number),
        intent: { ...intentOf({ machine: number }), cause: { by: 'person', name: 'Bob', beganAt } },
      });
      const before = await take(store, asked(3, T0 - 1));
      const after = await take(store, asked(4, T0 + 1));
      await move(store, await take(store, adaStarts(2)), RUNS);
      assert.equal((await settleOne(store, before, act(1)))?.outcome, 'overruled');
      assert.equal((await settleOne(store, after, act(1)))?.outcome, 'written');
    });

    test('is kept as what she said last, also when she joins her own start while it is found done', async (t) => {
      const store = await (await create(t)).open();
      const adaAsks = (number: number, verb: 'start' | 'stop', beganAt: number): Request => ({
        id: idOf(number),
        intent: { ...intentOf({ verb }), cause: { by: 'person', name: 'Ada', beganAt } },
      });
      const start = await take(store, adaAsks(1, 'start', T0));
      const stop = await take(store, adaAsks(2, 'stop', T0 + 1), T0 + 1);
      await enqueue(store, [adaAsks(3, 'start', T0 + 2)], T0 + 2);
      assert.deepEqual(await settleOne(store, start, RUNS), { outcome: 'cause_changed' });
      const [again] = await claimAll(store, WORKER, T0 + 2);
      assert.ok(again?.id === idOf(1));
      assert.deepEqual(await settleOne(store, again, RUNS), WRITTEN);
      assert.deepEqual(await settleOne(store, stop, act(1)), { outcome: 'overruled', word: { ...WORD, at: T0 + 2 } });
    });

    test("is kept, too, when she joins an alert's start while it is verified", async (t) => {
      const store = await (await create(t)).open();
      const start = await move(store, await take(store, request(1, { verb: 'start' })), act(1));
      assert.ok(start.state === 'acting');
      const { instance, acted } = start;
      const verifying = await move(store, start, { type: 'accept', instance, acted, at: T0 });
      assert.ok(verifying.state === 'verifying');
      await enqueue(store, [adaStarts(2)], T0 + 1);
      assert.deepEqual(await settleOne(store, verifying, ENDINGS.succeeded), { outcome: 'cause_changed' });
      const [again] = await claimAll(store, WORKER, T0 + 1);
      assert.ok(again?.id === idOf(1));
      assert.deepEqual(await settleOne(store, again, ENDINGS.succeeded), WRITTEN);
      assert.deepEqual(await store.words([instanceId(1)]), [WORD]);
    });

    test('keeps a stop back that is named alike, while nobody knows yet which machine it is about', async (t) => {
      const store = await (await create(t)).open();
      const stop = await take(store, request(1));
      await enqueue(store, [adaStarts(2)], T0 + 1);
      assert.deepEqual(await settleOne(store, stop, act(1)), { ...BUSY(2), isUnresolved: true });
      assert.equal((await standingOf(store, 1))?.rival, idOf(2));
      const [start] = (await claimAll(store, WORKER, T0 + 1)).filter(({ id }) => id === idOf(2));
      assert.ok(start);
      await move(store, start, { type: 'refuse', reason: 'not_found', message: 'no such machine', at: T0 });
      assert.equal((await settleOne(store, stop, act(1)))?.outcome, 'written');
    });
  });

  describe('how an operation stands', () => {
    test('is told to its owner alone', async (t) => {
      const store = await (await create(t)).open();
      await take(store, request(1));
      assert.equal((await store.standing(OTHER, [idOf(1)], T0)).size, 0);
      assert.equal((await store.standing(WORKER, [idOf(1)], T0)).size, 1);
    });

    test('tells by whom it is to be judged by now', async (t) => {
      const store = await (await create(t)).open();
      await take(store, request(1));
      assert.equal((await standingOf(store, 1))?.cause.by, 'alert');
      await enqueue(store, [request(2, { person: 'Ada' })], T0 + 1);
      assert.equal((await standingOf(store, 1))?.cause.by, 'person');
    });

    test('tells when a person last asked to start its machine, however long ago the alert says that was', async (t) => {
      const store = await (await create(t)).open();
      const stop = await take(store, {
        id: idOf(1),
        intent: { ...intentOf(), cause: { ...intentOf().cause, beganAt: T0 + 1 } },
      });
      await call(store, stop, 1);
      const start = await take(store, adaStarts(2), T0, OTHER);
      assert.deepEqual(await settleOne(store, start, RUNS, OTHER), BUSY(1));
      const { overruledBy, needed } = (await standingOf(store, 1)) ?? {};
      assert.deepEqual([overruledBy, needed], [undefined, WORD]);
    });

    test('tells when a copy of one of its alerts last came', async (t) => {
      const store = await (await create(t)).open();
      await take(store, request(1));
      assert.equal((await standingOf(store, 1))?.seenAt, T0);
      await enqueue(store, [request(2, { episode: 'two' })], T0 + 5);
      await enqueue(store, [request(3)], T0 + 3);
      assert.equal((await standingOf(store, 1))?.seenAt, T0 + 5);
    });
  });
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Acting, Operation } from '../../../src/domain/operation.ts';
import type { CancelAnswer, SendAnswer, SendRequest, Standing, Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import {
  act,
  ADA,
  call,
  change,
  claimAll,
  enqueue,
  idOf,
  instanceId,
  MINUTE,
  move,
  request,
  send,
  settle,
  stateOf,
  T0,
  take,
  wait,
  WORKER,
} from './samples.ts';

const LOST = 'the claim has ended';

/** A request that only a lost claim speaks against. */
function wanted(number: number, whyNot: SendRequest['whyNot'] = () => undefined): SendRequest {
  const orLost = (standing: Standing | undefined): string | undefined =>
    standing === undefined ? LOST : whyNot(standing);
  return { id: idOf(number), instance: instanceId(number), whyNot: orLost };
}

async function actingOn(store: Store, number: number, wish: Parameters<typeof request>[1] = {}): Promise<Operation> {
  return move(store, await take(store, request(number, { machine: number, ...wish })), act(number));
}

export function describeSend(create: CreateDatabase): void {
  describe('send', () => {
    test('marks the operations that nothing speaks against, and answers in order', async (t) => {
      const store = await (await create(t)).open();
      const [one, two] = [await actingOn(store, 1), await actingOn(store, 2)];
      const dry = await actingOn(store, 3, { dryRun: true });
      const answers = await store.send(WORKER, [wanted(2, () => 'it is busy'), wanted(3), wanted(1)], T0 + 5);
      const expected: readonly SendAnswer[] = [
        { outcome: 'held_back', why: 'it is busy' },
        { outcome: 'go' },
        { outcome: 'go', sentAt: T0 + 5 },
      ];
      assert.deepEqual(answers, expected);
      assert.deepEqual(await store.find(idOf(1)), { ...one, sentAt: T0 + 5 });
      assert.deepEqual(await store.find(idOf(2)), two);
      assert.deepEqual(await store.find(idOf(3)), dry, 'a dry run changes nothing');
      assert.equal((await store.trail(idOf(1))).length, 2, 'a mark is no move');
    });

    test('asks by what the store knows at that moment', async (t) => {
      const store = await (await create(t)).open();
      await actingOn(store, 1);
      await enqueue(store, [request(2, { person: 'Ada' })], T0 + 3);
      const heard: (Standing | undefined)[] = [];
      const whyNot = (standing: Standing | undefined): string => {
        heard.push(standing);
        return 'no';
      };
      await store.send(WORKER, [{ ...wanted(1), whyNot }], T0 + 5);
      const standing = (await store.standing(WORKER, [idOf(1)], T0 + 5)).get(idOf(1));
      assert.equal(standing?.cause.by, 'person');
      assert.deepEqual(heard, [standing]);
    });

    test('of the same operation twice answers each by itself', async (t) => {
      const store = await (await create(t)).open();
      await actingOn(store, 1);
      const answers = await store.send(WORKER, [wanted(1, () => 'given up'), wanted(1)], T0);
      assert.deepEqual(
        answers.map(({ outcome }) => outcome),
        ['held_back', 'go'],
      );
    });

    test('marks nothing whose claim has ended, or that is not acting', async (t) => {
      const store = await (await create(t)).open();
      await actingOn(store, 1);
      await take(store, request(2, { machine: 2 }));
      await claimAll(store, 'worker-2', T0 + 60 * MINUTE);
      assert.deepEqual(await store.send(WORKER, [wanted(1), wanted(2), wanted(9)], T0), [
        { outcome: 'held_back', why: LOST },
        { outcome: 'held_back', why: LOST },
        { outcome: 'held_back', why: LOST },
      ]);
      assert.deepEqual(await store.send('worker-2', [wanted(2)], T0), [{ outcome: 'held_back', why: LOST }]);
      const let_through = { ...wanted(1), whyNot: () => undefined };
      await assert.rejects(async () => store.send(WORKER, [let_through], T0), /claim has ended/);
      assert.deepEqual(await store.send('worker-2', [wanted(1)], T0), [{ outcome: 'go', sentAt: T0 }]);
    });

    test('keeps the mark until EC2 says that nothing changed', async (t) => {
      const store = await (await create(t)).open();
      const sent = await send(store, await actingOn(store, 1), T0 + 5);
      const lost = await move(store, sent, wait(1, T0), T0);
      assert.equal((await store.find(idOf(1)))?.sentAt, T0 + 5);
      const [again] = await claimAll(store);
      assert.ok(again?.state === 'waiting' && lost.state === 'waiting');
      const second = await send(store, await move(store, again, act(1)), T0 + 9);
      assert.equal((await store.find(idOf(1)))?.sentAt, T0 + 9);
      await move(store, second, { ...wait(1, T0), nothingChanged: true });
      const { acted, sentAt } = (await store.find(idOf(1))) ?? assert.fail('it is gone');
      assert.deepEqual([acted, sentAt], [undefined, undefined]);
    });

    test('comes after a cancel that was made before it: nothing is sent', async (t) => {
      const store = await (await create(t)).open();
      const acting = await actingOn(store, 1);
      const answer = await store.cancel(idOf(1), ADA, T0 + 1);
      assert.equal(answer?.operation.state, 'cancelled');
      assert.deepEqual(
        answer.moves.map(({ before, after }) => [before?.state, after.state]),
        [['acting', 'cancelled']],
      );
      assert.deepEqual(await store.send(WORKER, [wanted(1)], T0 + 2), [{ outcome: 'held_back', why: LOST }]);
      assert.ok(acting.state === 'acting');
      assert.deepEqual(await settle(store, WORKER, [change(acting, wait(1, T0))]), [{ outcome: 'lost' }]);
      assert.equal(await stateOf(store, idOf(1)), 'cancelled');
      assert.equal((await store.find(idOf(1)))?.acted, undefined, 'its place in the ledger is free again');
    });

    test('comes before a cancel that is made after it, which says when that was', async (t) => {
      const store = await (await create(t)).open();
      const sent = await send(store, await actingOn(store, 1), T0 + 5);
      assert.deepEqual(await store.cancel(idOf(1), ADA, T0 + 6), { operation: sent, moves: [] });
      // EC2's answer is still the worker's to write.
      const { instance, acted } = sent;
      await move(store, sent, { type: 'accept', instance, acted, at: T0 + 7 });
      const late = await store.cancel(idOf(1), ADA, T0 + 8);
      assert.deepEqual([late?.operation.state, late?.operation.sentAt], ['verifying', T0 + 5]);
    });

    test('and a cancel at the same moment: one of them wins, and both say so', async (t) => {
      const [worker, people] = await (await create(t)).replicas(2);
      assert.ok(worker && people);
      for (let number = 1; number <= 30; number += 1) {
        await actingOn(worker, number);
        const sending: Promise<readonly SendAnswer[]> = worker.send(WORKER, [wanted(number)], T0);
        const cancelled: CancelAnswer | undefined = await people.cancel(idOf(number), ADA, T0 + 1);
        const [answer] = await sending;
        const isCancelled: boolean = cancelled?.operation.state === 'cancelled';
        assert.equal(answer?.outcome, isCancelled ? 'held_back' : 'go', `round ${String(number)}`);
        assert.equal(cancelled?.operation.sentAt, isCancelled ? undefined : T0);
      }
    });

    test('of a thousand is one question', async (t) => {
      const store = await (await create(t)).open();
      const numbers = Array.from({ length: 1_000 }, (_, index) => index + 1);
      await enqueue(
        store,
        numbers.map((number) => request(number, { machine: number })),
        T0,
      );
      const claimed = await claimAll(store);
      await settle(
        store,
        WORKER,
        claimed.map((operation) => change(operation, act(Number(operation.id.slice(-12))))),
      );
      await store.cancel(idOf(500), ADA, T0);
      const answers = await store.send(
        WORKER,
        numbers.map((number) => wanted(number)),
        T0 + 1,
      );
      const held = answers.flatMap(({ outcome }, index) => (outcome === 'go' ? [] : [index + 1]));
      assert.deepEqual(held, [500]);
      assert.equal((await store.find(idOf(1_000)))?.sentAt, T0 + 1);
    });

    test('was done without a mark by versions before: their operation counts as sent when they acted', async (t) => {
      const database = await create(t);
      const before = await database.open();
      const sent = await call(before, await take(before, request(1)), 1);
      await before.close();
      // As those versions write it, also after the column has come.
      const acted = JSON.stringify({ at: T0 + 7, ...sent.acted });
      await database.sql(`update operation set sent_at = null, acted = '${acted}'`);
      const store = await database.open();
      const expected: Acting = { ...sent, sentAt: T0 + 7 };
      assert.deepEqual(await store.find(idOf(1)), expected);
      assert.deepEqual((await store.cancel(idOf(1), ADA, T0 + 8))?.operation, expected);
    });
  });
}

/** What persons say about machines is kept, and the newer of two words holds. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CreateDatabase } from './database.ts';
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
  deliveryOf,
  enqueue,
  idOf,
  instanceId,
  move,
  request,
  stateOf,
  take,
  wait,
  settle,
} from './samples.ts';

const DAY = 24 * 60 * MINUTE;
const said = { instance: instanceId(1), verb: 'stop', kind: 'cancel', who: 'Ada' } as const;

export function describeWords(create: CreateDatabase): void {
  describe('a word', () => {
    test('is what a person says who cancels an operation whose machine is known', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1)), wait(1, T0 + MINUTE), T0 + MINUTE);
      await store.cancel(idOf(1), ADA, T0 + 5);
      assert.deepEqual(await store.words([instanceId(1), instanceId(2)]), [{ ...said, at: T0 + 5 }]);
    });

    test('comes too late for what is being carried out, and is kept all the same', async (t) => {
      const store = await (await create(t)).open();
      await call(store, await take(store, request(1)), 1);
      assert.equal((await store.cancel(idOf(1), ADA, T0 + 5))?.operation.state, 'acting');
      assert.deepEqual(await store.words([instanceId(1)]), [{ ...said, at: T0 + 5 }]);
    });

    test('is about nothing when the operation is a dry run', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(2, { dryRun: true })), wait(1, T0 + MINUTE), T0 + MINUTE);
      assert.equal((await store.cancel(idOf(2), ADA, T0 + 5))?.operation.state, 'cancelled');
      assert.deepEqual(await store.words([instanceId(1)]), []);
    });

    test('is about what has the same name, while nobody knows which machine that is', async (t) => {
      const store = await (await create(t)).open();
      const target = { kind: 'name', name: 'gpu-7.example', text: 'gpu-7.example' } as const;
      await enqueue(store, [request(1, { target })], T0);
      assert.equal((await store.cancel(idOf(1), ADA, T0 + 5))?.operation.state, 'cancelled');
      const word = { ...said, instance: 'gpu-7.example', at: T0 + 5 };
      assert.deepEqual(await store.words(['gpu-7.example']), [word]);
      // Another alert, which began before, calls it the same; and one that calls it otherwise is another matter.
      const alike = await take(store, request(2, { target, episode: 'two' }), T0 + 6);
      assert.deepEqual(await settle(store, WORKER, [change(alike, act(1))]), [{ outcome: 'overruled', word }]);
      const other = await take(store, request(3, { machine: 2 }), T0 + 6);
      assert.deepEqual(await settle(store, WORKER, [change(other, act(2))]), [WRITTEN]);
    });

    test('that is newer replaces an older one, in whichever order they come', async (t) => {
      const store = await (await create(t)).open();
      for (const [number, at] of [5, 9, 7].entries()) {
        const operation = await take(store, request(number, { episode: String(number) }));
        await move(store, operation, wait(1, T0 + MINUTE), T0);
        await store.cancel(idOf(number), { ...ADA, name: `Ada ${at}` }, T0 + at);
      }
      assert.deepEqual(await store.words([instanceId(1)]), [{ ...said, who: 'Ada 9', at: T0 + 9 }]);
    });

    test('holds for an alert without a date for as long as its copies go on coming', async (t) => {
      const store = await (await create(t)).open();
      const come = async (number: number, at: number) => {
        const { id, intent } = request(number, { episode: null });
        return enqueue(store, [{ id, intent: { ...intent, cause: { ...intent.cause, beganAt: at } } }], at);
      };
      const done = [{ outcome: 'done', operation: idOf(1) }];
      await come(1, T0);
      await store.cancel(idOf(1), ADA, T0 + 5);
      for (let hour = 1; hour <= 30; hour += 1) assert.deepEqual(await come(2, T0 + hour * 60 * MINUTE), done);
      const last = T0 + 30 * 60 * MINUTE;
      assert.deepEqual(await come(3, last + 90 * MINUTE), done);
      assert.deepEqual(await come(4, last + 181 * MINUTE), [{ outcome: 'accepted', operation: idOf(4) }]);
    });

    test('makes what it cancels done for every alert that asked for it, until that begins anew', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [request(1), request(2, { episode: 'two' })], T0);
      await store.cancel(idOf(1), ADA, T0 + 5);
      for (const episode of ['one', 'two']) {
        const { receipts } = await store.recordDeliveries([deliveryOf([request(3, { episode })])], T0 + MINUTE);
        const [receipt] = receipts[0] ?? [];
        assert.deepEqual([receipt?.outcome, receipt?.operation], ['done', idOf(1)]);
        const when = new Date(T0 + 5).toISOString();
        const told = `operation ${idOf(1)} was cancelled by Ada at ${when}: alerts that began before then do nothing`;
        assert.equal(receipt?.message, told);
      }
      const [anew] = await enqueue(store, [request(4, { episode: 'three' })], T0 + MINUTE);
      assert.equal(anew?.outcome, 'accepted');
    });

    test('is asked of the machine that an operation was about, however that ended', async (t) => {
      const store = await (await create(t)).open();
      const { instance } = act(1);
      const found = instance === undefined ? {} : { instance };
      const endings = [ENDINGS.refused, ENDINGS.failed, { ...ENDINGS.cancelled, reason: 'superseded' } as const];
      const wishes = endings.map((_, number) => request(number, { episode: String(number), machine: number + 10 }));
      for (const [number, wanted] of wishes.entries())
        await move(store, await take(store, wanted), { ...(endings[number] ?? assert.fail()), ...found });
      await move(store, await take(store, request(9)), wait(1, T0 + MINUTE), T0 + MINUTE);
      await store.cancel(idOf(9), ADA, T0 + 5);
      const { receipts } = await store.recordDeliveries([deliveryOf(wishes)], T0 + 6);
      for (const receipt of receipts[0] ?? []) {
        assert.equal(receipt.outcome, 'done');
        assert.match(receipt.message ?? '', /^Ada cancelled a stop of it at /);
      }
    });

    test('of a cancellation and a copy of the alert at the same moment: the copy joins what ends, or is done', async (t) => {
      const [one, other] = await (await create(t)).replicas(2);
      assert.ok(one && other);
      for (let round = 0; round < 20; round += 1) {
        const machine = round;
        await enqueue(one, [request(round * 10, { machine })], T0);
        const copy = enqueue(other, [request(round * 10 + 1, { machine })], T0 + 1);
        await Promise.all([one.cancel(idOf(round * 10), ADA, T0 + 1), copy]);
        assert.notEqual((await copy)[0]?.outcome, 'accepted', `round ${round}`);
        assert.equal(await stateOf(one, idOf(round * 10)), 'cancelled');
        const [again] = await enqueue(other, [request(round * 10 + 2, { machine })], T0 + 2);
        assert.deepEqual(again, { outcome: 'done', operation: idOf(round * 10) });
      }
    });

    test('is kept a year longer than the operation that it was about', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1)), wait(1, T0 + MINUTE), T0);
      await store.cancel(idOf(1), ADA, T0);
      assert.ok((await store.prune(T0 + 365 * DAY, 100)) > 0);
      assert.equal(await store.find(idOf(1)), undefined);
      assert.equal((await store.words([instanceId(1)])).length, 1);
      assert.equal(await store.prune(T0 + 365 * DAY + 1, 100), 1);
      assert.deepEqual(await store.words([instanceId(1)]), []);
      assert.deepEqual(await claimAll(store), []);
    });
  });
}

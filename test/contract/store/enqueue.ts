import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StoreUnavailableError } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import {
  ENDINGS,
  MINUTE,
  T0,
  WORKER,
  act,
  claimAll,
  change,
  idOf,
  move,
  request,
  stateOf,
  take,
  wait,
  WRITTEN,
  enqueue,
  ADA,
  DELIVERY,
  settle,
} from './samples.ts';

const BY = { who: 'alertmanager', remote: '10.0.0.5', delivery: DELIVERY };
const BY_ALERT = { ...BY, fingerprint: 'feedfacefeedface', alertname: 'GpuIdle' };

export function describeEnqueue(create: CreateDatabase): void {
  describe('enqueue', () => {
    test('answers each request in order: accepted, joined or done', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1, { machine: 1 })), ENDINGS.succeeded);
      await enqueue(store, [request(2, { machine: 2 })], T0);
      const answers = await enqueue(
        store,
        [request(3, { machine: 3 }), request(4, { machine: 2 }), request(5, { machine: 1 })],
        T0 + MINUTE,
      );
      assert.deepEqual(answers, [
        { outcome: 'accepted', operation: idOf(3) },
        { outcome: 'joined', operation: idOf(2) },
        { outcome: 'done', operation: idOf(1) },
      ]);
      assert.equal(await store.find(idOf(4)), undefined);
      assert.equal(await store.find(idOf(5)), undefined);
    });

    test('what is held back for one cause while another joins that weighs more is looked at again at once', async (t) => {
      const store = await (await create(t)).open();
      const queued = await take(store, request(1));
      await enqueue(store, [request(2, { person: 'Ada' })], T0);
      const later = T0 + 10 * MINUTE;
      assert.deepEqual(await settle(store, WORKER, [change(queued, wait(1, later), later)]), [
        { outcome: 'cause_changed' },
      ]);
      const [again] = await claimAll(store, 'worker-2');
      assert.deepEqual([again?.id, again?.state, again?.intent.cause.by], [idOf(1), 'queued', 'person']);
      assert.ok(again !== undefined);
      const refused = change(again, ENDINGS.refused, T0);
      assert.deepEqual(await settle(store, 'worker-2', [refused]), [WRITTEN]);
    });

    test('an alert that comes again after its operation has ended is about the machine that it was about before', async (t) => {
      const store = await (await create(t)).open();
      const target = { kind: 'name', name: 'gpu.example', text: 'gpu.example' } as const;
      const { instance } = act(1);
      await move(store, await take(store, request(1, { target })), {
        ...ENDINGS.refused,
        ...(instance && { instance }),
      });
      await enqueue(store, [request(2, { target }), request(3, { target: { ...target, name: 'other' } })], T0 + MINUTE);
      assert.deepEqual((await store.find(idOf(2)))?.instance, instance);
      assert.equal((await store.find(idOf(3)))?.instance, undefined, 'another episode');
    });

    test('what waits is judged by the cause that weighs most: a person before an alert, then the newer', async (t) => {
      const store = await (await create(t)).open();
      const causeNow = async () => (await store.find(idOf(1)))?.intent.cause;
      const alert = request(1);
      await enqueue(store, [alert], T0);
      const newer = { ...alert.intent, cause: { ...alert.intent.cause, beganAt: T0 + MINUTE } };
      await enqueue(store, [{ id: idOf(2), intent: newer }], T0 + MINUTE);
      assert.equal((await causeNow())?.beganAt, T0 + MINUTE);
      await enqueue(store, [alert], T0 + MINUTE);
      assert.equal((await causeNow())?.beganAt, T0 + MINUTE, 'an older alert takes nothing back');
      await enqueue(store, [request(3, { person: 'Ada' })], T0 + MINUTE);
      assert.deepEqual(await causeNow(), { by: 'person', name: 'Ada', beganAt: T0 });
      await enqueue(store, [{ id: idOf(4), intent: newer }], T0 + 2 * MINUTE);
      assert.equal((await causeNow())?.by, 'person');
      assert.equal((await store.list({ limit: 10 })).length, 1);
    });

    test('a new operation is queued, due at once and known by all it was asked for', async (t) => {
      const store = await (await create(t)).open();
      const wanted = request(1);
      await enqueue(store, [wanted], T0);
      assert.deepEqual(await store.find(idOf(1)), {
        id: idOf(1),
        state: 'queued',
        intent: wanted.intent,
        createdAt: T0,
        attempts: 0,
      });
      assert.equal(await store.nextDueAt(), T0);
      assert.deepEqual(await store.trail(idOf(1)), [{ at: T0, event: 'state', state: 'queued', ...BY_ALERT }]);
    });

    test('a member that cannot be written takes the whole delivery back', async (t) => {
      const store = await (await create(t)).open();
      const twice = [request(1, { machine: 1 }), request(2, { machine: 2 }), request(1, { machine: 3 })];
      await assert.rejects(
        async () => enqueue(store, twice, T0),
        (error) => error instanceof Error && !(error instanceof StoreUnavailableError),
      );
      assert.deepEqual(await store.list({ limit: 10 }), []);
      assert.deepEqual(await store.trail(idOf(1)), []);
      assert.deepEqual(await enqueue(store, [request(4, { machine: 1 })], T0), [
        { outcome: 'accepted', operation: idOf(4) },
      ]);
    });

    test('the same work twice in one delivery is one operation', async (t) => {
      const store = await (await create(t)).open();
      assert.deepEqual(await enqueue(store, [request(1), request(2), request(3, { episode: 'two' })], T0), [
        { outcome: 'accepted', operation: idOf(1) },
        { outcome: 'joined', operation: idOf(1) },
        { outcome: 'joined', operation: idOf(1) },
      ]);
    });

    test('whoever joins is named in the trail', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [request(1)], T0);
      await enqueue(store, [request(2), request(3, { person: 'Ada' })], T0 + 1);
      assert.deepEqual(await store.trail(idOf(1)), [
        { at: T0, event: 'state', state: 'queued', ...BY_ALERT },
        { at: T0 + 1, event: 'joined', message: 'alert GpuIdle (feedfacefeedface)', ...BY_ALERT },
        { at: T0 + 1, event: 'joined', message: 'Ada', ...BY },
      ]);
    });

    test('the same machine with another verb, or as a dry run, is other work', async (t) => {
      const store = await (await create(t)).open();
      const answers = await enqueue(
        store,
        [request(1), request(2, { verb: 'start' }), request(3, { dryRun: true })],
        T0,
      );
      assert.deepEqual(
        answers.map(({ outcome }) => outcome),
        ['accepted', 'accepted', 'accepted'],
      );
    });

    test('an episode is done once its operation has succeeded, and only that episode', async (t) => {
      const store = await (await create(t)).open();
      const operation = await take(store, request(1));
      assert.deepEqual(await enqueue(store, [request(2)], T0), [{ outcome: 'joined', operation: idOf(1) }]);
      await move(store, operation, ENDINGS.succeeded);
      assert.deepEqual(await enqueue(store, [request(3)], T0), [{ outcome: 'done', operation: idOf(1) }]);
      const [answer] = await enqueue(store, [request(4, { episode: 'two' })], T0);
      assert.equal(answer?.outcome, 'accepted');
    });

    test('the episode of an alert that joined is done as well', async (t) => {
      const store = await (await create(t)).open();
      const operation = await take(store, request(1));
      await enqueue(store, [request(2, { episode: 'two' })], T0);
      await move(store, operation, ENDINGS.succeeded);
      assert.deepEqual(await enqueue(store, [request(3, { episode: 'two' })], T0), [
        { outcome: 'done', operation: idOf(1) },
      ]);
    });

    test('neither a person nor an alert without a date is ever told that it is done', async (t) => {
      const store = await (await create(t)).open();
      for (const [index, wish] of [{ episode: null }, { person: 'Ada' }].entries()) {
        await move(store, await take(store, request(index * 2, wish)), ENDINGS.succeeded);
        const [answer] = await enqueue(store, [request(index * 2 + 1, wish)], T0);
        assert.equal(answer?.outcome, 'accepted');
        await store.cancel(idOf(index * 2 + 1), ADA, T0);
      }
    });

    for (const [what, ending] of [
      ['refused', ENDINGS.refused],
      ['failed', ENDINGS.failed],
      ['cancelled for another', { ...ENDINGS.cancelled, reason: 'superseded' }],
    ] as const) {
      test(`an episode whose operation was ${what} is looked at afresh`, async (t) => {
        const store = await (await create(t)).open();
        await move(store, await take(store, request(1)), ending);
        assert.deepEqual(await enqueue(store, [request(2)], T0), [{ outcome: 'accepted', operation: idOf(2) }]);
        await move(store, (await claimAll(store))[0] ?? assert.fail('nothing to claim'), ENDINGS.succeeded);
        assert.deepEqual(await enqueue(store, [request(3)], T0), [{ outcome: 'done', operation: idOf(2) }]);
      });
    }

    test('a person makes what waits due at once, an alert does not', async (t) => {
      const store = await (await create(t)).open();
      const later = T0 + 10 * MINUTE;
      await move(store, await take(store, request(1)), wait(1, later), later);
      await enqueue(store, [request(2)], T0 + 1);
      assert.equal(await store.nextDueAt(), later);
      await enqueue(store, [request(3, { person: 'Ada' })], T0 + 2);
      assert.equal(await store.nextDueAt(), T0 + 2);
    });

    test('a person does not take what a worker holds', async (t) => {
      const store = await (await create(t)).open();
      const operation = await take(store, request(1));
      await enqueue(store, [request(2, { person: 'Ada' })], T0 + 1);
      assert.deepEqual(await claimAll(store, 'worker-2', T0 + 2), []);
      assert.deepEqual(await settle(store, WORKER, [change(operation, ENDINGS.succeeded)]), [WRITTEN]);
    });

    test('a delivery of more members than fit into one statement is recorded whole', async (t) => {
      const store = await (await create(t)).open();
      const many = Array.from({ length: 1201 }, (_, index) => request(index, { machine: index }));
      assert.equal((await enqueue(store, many, T0)).length, 1201);
      assert.equal((await store.countByState()).queued, 1201);
      assert.equal(await stateOf(store, idOf(1200)), 'queued');
      assert.ok((await enqueue(store, many, T0)).every(({ outcome }) => outcome === 'joined'));
    });

    test('replicas that receive the same alerts at once open one operation for each', async (t) => {
      const replicas = await (await create(t)).replicas(3);
      const machines = Array.from({ length: 40 }, (_, machine) => machine);
      const answers = await Promise.all(
        replicas.map(async (store, replica) => {
          const order = replica % 2 === 0 ? machines : machines.toReversed();
          const delivery = order.map((machine) => request(replica * 100 + machine, { machine }));
          const received = await enqueue(store, delivery, T0);
          return new Map(order.map((machine, index) => [machine, received[index]]));
        }),
      );
      for (const machine of machines) {
        const each = answers.map((answer) => answer.get(machine));
        assert.ok(each.every((answer) => answer?.outcome === 'accepted' || answer?.outcome === 'joined'));
        assert.equal(each.filter((answer) => answer?.outcome === 'accepted').length, 1);
        assert.equal(new Set(each.map((answer) => answer?.operation)).size, 1);
      }
    });
  });
}

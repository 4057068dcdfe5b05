import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Intended } from '../../../src/domain/intend.ts';
import type { Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import {
  ALERTMANAGER,
  DELIVERY,
  ENDINGS,
  MINUTE,
  ORIGIN,
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
  memberOf,
  move,
  request,
  resolvedOf,
  stateOf,
  take,
  wait,
  type Request,
  settle,
  record,
} from './samples.ts';

const LATER = T0 + MINUTE;

/** A delivery in which the alerts of these requests are resolved. */
async function resolve(store: Store, ...requests: readonly Request[]): ReturnType<typeof record> {
  return record(store, [{ id: DELIVERY, origin: ORIGIN, members: requests.map(resolvedOf) }], LATER);
}

function endsOf(wanted: Request): Pick<Intended, 'ends'> {
  const { ends } = resolvedOf(wanted).asked;
  return ends === undefined ? {} : { ends };
}

export function describeResolved(create: CreateDatabase): void {
  describe('an alert that is resolved', () => {
    for (const [what, dryRun] of [
      ['a run', false],
      ['a dry run', true],
    ] as const) {
      test(`cancels ${what} that waits for nobody else, and says so in receipt, trail and answer`, async (t) => {
        const store = await (await create(t)).open();
        const wanted = request(1, { dryRun, verb: 'start' });
        await enqueue(store, [wanted], T0);
        const before = await store.find(idOf(1));
        const { receipts, cancelled } = await resolve(store, wanted);
        const after = await store.find(idOf(1));
        assert.ok(after?.state === 'cancelled');
        assert.deepEqual(
          [after.reason, after.message, after.endedAt],
          ['resolved', 'the alert was resolved, and no other cause asks for it', LATER],
        );
        assert.deepEqual(cancelled, [{ before, after, at: LATER, entry: (await store.trail(idOf(1)))[1] }]);
        const identity = { fingerprint: 'feedfacefeedface', alertname: 'GpuIdle' };
        const message = `resolved; operation ${idOf(1)}, which waited for it, was cancelled`;
        const receipt = { outcome: 'ignored', reason: 'resolved', ...identity, message, operation: idOf(1) };
        assert.deepEqual(receipts, [[receipt]]);
        const { reason, message: text } = after;
        const by = { who: ALERTMANAGER.name, remote: ALERTMANAGER.remote, delivery: DELIVERY, ...identity };
        assert.deepEqual((await store.trail(idOf(1))).slice(1), [
          { at: LATER, event: 'state', state: 'cancelled', reason, message: text, ...by },
        ]);
        assert.equal(await store.nextDueAt(), undefined);
      });
    }

    test('cancels what waits after it was looked at', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1)), wait(1, T0 + 9 * MINUTE), T0 + 9 * MINUTE);
      assert.equal((await resolve(store, request(1))).cancelled.length, 1);
    });

    test('leaves alone what others ask for, until the last of them is resolved; the heaviest left is what it is judged by', async (t) => {
      const store = await (await create(t)).open();
      const [one, two, three] = ['one', 'two', 'three'].map((episode, index) => {
        const wanted = request(index + 1, { episode });
        return { ...wanted, intent: { ...wanted.intent, cause: { ...wanted.intent.cause, beganAt: T0 + index } } };
      });
      assert.ok(one && two && three);
      await enqueue(store, [one, two, three], T0);
      const causeNow = async () => (await store.find(idOf(1)))?.intent.cause;
      const first = await resolve(store, three);
      assert.deepEqual(first.cancelled, []);
      assert.deepEqual(
        first.receipts[0]?.map(({ operation }) => operation),
        [undefined],
      );
      assert.deepEqual(await causeNow(), two.intent.cause, 'the next in weight takes its place');
      await resolve(store, one);
      assert.deepEqual(await causeNow(), two.intent.cause, 'one that was not the heaviest changes nothing');
      assert.equal(await stateOf(store, idOf(1)), 'queued');
      assert.equal((await resolve(store, two)).cancelled.length, 1);
      const { receipts } = await resolve(store, one, two);
      assert.deepEqual(
        receipts[0]?.map(({ operation }) => operation),
        [undefined, undefined],
        'it is over already',
      );
    });

    test('together with all others that ask for it is one cancellation, named in each receipt', async (t) => {
      const store = await (await create(t)).open();
      const both = [request(1), request(2, { episode: 'two' })];
      await enqueue(store, both, T0);
      const { receipts, cancelled } = await resolve(store, ...both);
      assert.equal(cancelled.length, 1);
      assert.deepEqual(
        receipts[0]?.map(({ operation }) => operation),
        [idOf(1), idOf(1)],
      );
      assert.equal((await store.trail(idOf(1))).length, 3);
    });

    for (const [what, episode] of [
      ['an alert', 'two'],
      ['an alert without a date', null],
    ] as const) {
      test(`is over when ${what} is found not to fire any more: the next in weight takes its place, and the last ends it`, async (t) => {
        const store = await (await create(t)).open();
        const one = request(1);
        const { id, intent } = request(2, { episode });
        const newer = { id, intent: { ...intent, cause: { ...intent.cause, beganAt: intent.cause.beganAt + 1 } } };
        await enqueue(store, [one, newer], T0);
        const notFiring = { type: 'cancel', reason: 'not_firing', message: 'over', at: LATER } as const;
        const [before] = await claimAll(store);
        assert.ok(before);
        assert.deepEqual(before.intent.cause, newer.intent.cause);
        assert.deepEqual(await settle(store, 'somebody-else', [change(before, notFiring)]), [{ outcome: 'lost' }]);
        assert.deepEqual(await settle(store, WORKER, [change(before, notFiring)]), [{ outcome: 'cause_changed' }]);
        const [again] = await claimAll(store, WORKER, LATER);
        assert.deepEqual(again, { ...before, intent: one.intent });
        assert.deepEqual(await settle(store, WORKER, [change(again, notFiring)]), [WRITTEN]);
        assert.equal(await stateOf(store, idOf(1)), 'cancelled');
      });
    }

    test('that is found not to fire does not take the operation from a person who has joined meanwhile', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [request(1), request(2, { episode: 'two' })], T0);
      const [before] = await claimAll(store);
      assert.ok(before);
      const ada = request(3, { person: 'Ada' });
      await enqueue(store, [ada], T0 + 1);
      const notFiring = { type: 'cancel', reason: 'not_firing', message: 'over', at: LATER } as const;
      assert.deepEqual(await settle(store, WORKER, [change(before, notFiring)]), [{ outcome: 'cause_changed' }]);
      assert.deepEqual((await store.find(idOf(1)))?.intent.cause, ada.intent.cause);
    });

    for (const [who, wish] of [
      ['a person', { person: 'Ada' }],
      ['an alert without a date', { episode: null }],
    ] as const) {
      test(`does not take from ${who} what both ask for`, async (t) => {
        const store = await (await create(t)).open();
        await enqueue(store, [request(1), request(2, wish)], T0);
        await enqueue(store, [request(3, { ...wish, machine: 2 }), request(4, { machine: 2 })], T0);
        assert.deepEqual((await resolve(store, request(1), request(4, { machine: 2 }))).cancelled, []);
        assert.deepEqual([await stateOf(store, idOf(1)), await stateOf(store, idOf(3))], ['queued', 'queued']);
      });
    }

    test('stands behind its operation again when the same episode comes back', async (t) => {
      const store = await (await create(t)).open();
      const two = request(2, { episode: 'two' });
      await enqueue(store, [request(1), two], T0);
      await resolve(store, request(1));
      await enqueue(store, [request(3)], LATER);
      assert.deepEqual((await resolve(store, two)).cancelled, []);
      assert.equal((await resolve(store, request(1))).cancelled.length, 1);
      assert.deepEqual(await enqueue(store, [request(4)], LATER), [{ outcome: 'accepted', operation: idOf(4) }]);
    });

    test('does not cancel what a worker holds; the worker is told when it wants to begin', async (t) => {
      const store = await (await create(t)).open();
      const queued = await take(store, request(1));
      assert.deepEqual((await resolve(store, request(1))).cancelled, []);
      const begins = change(queued, act(1));
      assert.deepEqual(await settle(store, WORKER, [begins]), [{ outcome: 'resolved' }]);
      assert.equal(await stateOf(store, idOf(1)), 'queued', 'nothing was written');
      await enqueue(store, [request(2)], LATER);
      assert.deepEqual(await settle(store, WORKER, [begins]), [{ outcome: 'resolved' }], 'an old copy changes nothing');
    });

    test('is told to whoever wants to ask EC2 again: after a retry, or after its worker has died', async (t) => {
      const store = await (await create(t)).open();
      const acting = await call(store, await take(store, request(1)), 1);
      await claimAll(store, 'worker-2', T0 + 2 * 60 * MINUTE);
      await resolve(store, request(1));
      assert.deepEqual(await settle(store, 'worker-2', [change(acting, act(1))]), [{ outcome: 'resolved' }]);
      const waiting = await move(store, acting, wait(1, T0), T0, 'worker-2');
      assert.ok(waiting.state === 'waiting');
      await claimAll(store);
      assert.deepEqual(await settle(store, WORKER, [change(waiting, act(1))]), [{ outcome: 'resolved' }]);
      assert.deepEqual(await settle(store, WORKER, [change(waiting, wait(1, T0), T0)]), [WRITTEN], 'that asks nobody');
    });

    test('does not cancel what waits after a call whose answer was lost: nobody knows yet what became of it', async (t) => {
      const store = await (await create(t)).open();
      const acting = await call(store, await take(store, request(1)), 1);
      await move(store, acting, wait(1, T0), T0);
      assert.deepEqual((await resolve(store, request(1))).cancelled, []);
      assert.equal(await stateOf(store, idOf(1)), 'waiting');
    });

    test('does not take from a person who has joined what has begun', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1)), act(1));
      await enqueue(store, [request(2, { person: 'Ada' })], LATER);
      await resolve(store, request(1));
      assert.equal((await store.standing(WORKER, [idOf(1)], T0)).get(idOf(1))?.isResolved, false);
      assert.equal((await store.find(idOf(1)))?.intent.cause.by, 'person');
    });

    test('does not cancel what has begun, or what has ended', async (t) => {
      const store = await (await create(t)).open();
      const acting = await move(store, await take(store, request(1)), act(1));
      assert.deepEqual((await resolve(store, request(1))).cancelled, []);
      assert.ok(acting.state === 'acting');
      await move(store, acting, ENDINGS.succeeded, T0);
      assert.deepEqual((await resolve(store, request(1))).cancelled, []);
      assert.deepEqual(await enqueue(store, [request(2)], LATER), [{ outcome: 'done', operation: idOf(1) }]);
    });

    test('of another episode, or of one that nobody has heard of, changes nothing', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [request(1)], T0);
      const others = [request(2, { episode: 'two' }), request(3, { verb: 'start' }), request(4, { dryRun: true })];
      assert.deepEqual((await resolve(store, ...others)).cancelled, []);
    });

    test('counts by what comes last in the same transaction', async (t) => {
      const store = await (await create(t)).open();
      const fires = deliveryOf([request(1)]);
      const ends = { ...fires, members: [resolvedOf(request(2))] };
      assert.deepEqual((await record(store, [ends, fires], T0)).cancelled, []);
      assert.equal((await record(store, [fires, ends], T0)).cancelled.length, 1);
    });

    test('undoes what was done for its other state, so that both can come again', async (t) => {
      const store = await (await create(t)).open();
      const [starts, stops] = [request(1, { verb: 'start' }), request(2)];
      const member = (wanted: Request, other: Request) => memberOf(wanted, endsOf(other));
      const receive = async (...members: readonly ReturnType<typeof memberOf>[]) =>
        (await record(store, [{ id: DELIVERY, origin: ORIGIN, members }], T0)).receipts[0]?.[0]?.outcome;
      for (const round of [0, 10, 20]) {
        for (const [wanted, other] of [
          [starts, stops],
          [stops, starts],
        ] as const) {
          const id = idOf(Number(wanted.id.at(-1)) + round);
          assert.equal(await receive(member({ ...wanted, id }, other)), 'accepted', `round ${round}`);
          const [operation] = await claimAll(store);
          assert.ok(operation);
          await move(store, operation, ENDINGS.succeeded, T0);
          assert.equal(await receive(member({ ...wanted, id: idOf(99) }, other)), 'done');
        }
      }
    });

    test('cancels what it had asked for when it fires again', async (t) => {
      const store = await (await create(t)).open();
      const [starts, stops] = [request(1, { verb: 'start' }), request(2)];
      await enqueue(store, [stops], T0);
      const again = memberOf(starts, endsOf(stops));
      const { receipts } = await record(store, [{ id: DELIVERY, origin: ORIGIN, members: [again] }], T0);
      const receipt = receipts[0]?.[0];
      assert.deepEqual([receipt?.outcome, receipt?.operation], ['accepted', idOf(1)]);
      assert.match(receipt?.message ?? '', new RegExp(`^operation ${idOf(2)}, which waited for it, was cancelled$`));
      assert.equal(await stateOf(store, idOf(2)), 'cancelled');
    });

    test('meets others that join at the same moment: either they keep the operation, or they open their own', async (t) => {
      const [one, other] = await (await create(t)).replicas(2);
      assert.ok(one && other);
      for (let round = 0; round < 20; round += 1) {
        const machine = round;
        await enqueue(one, [request(round * 10, { machine })], T0);
        const joining = enqueue(other, [request(round * 10 + 1, { machine, episode: 'two' })], T0);
        await Promise.all([resolve(one, request(1, { machine })), joining]);
        const [joined] = await joining;
        assert.ok(joined?.operation);
        assert.equal(await stateOf(one, joined.operation), 'queued', `${joined.outcome} in round ${round}`);
      }
    });
  });
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isOpen, type Event, type OpenOperation, type Operation } from '../../../src/domain/operation.ts';
import type { Change } from '../../../src/domain/change.ts';
import type { CancelAnswer } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import {
  ENDINGS,
  MINUTE,
  T0,
  WORKER,
  act,
  call,
  change,
  claimAll,
  idOf,
  instanceId,
  move,
  request,
  stateOf,
  take,
  wait,
  enqueue,
  ADA,
  settle,
} from './samples.ts';

export function describeSettle(create: CreateDatabase): void {
  describe('settle', () => {
    test('every state comes back as it was written', async (t) => {
      const store = await (await create(t)).open();
      const { instance, acted } = actEvent();
      const accept: Event = { type: 'accept', instance, acted, at: T0 + 1 };
      const paths: readonly (readonly Event[])[] = [
        [wait(1, T0 + 60 * MINUTE)],
        [act(1)],
        [act(1), accept],
        ...Object.values(ENDINGS).map((ending) => [ending]),
        [act(1), accept, ENDINGS.succeeded],
        [act(1), { ...wait(1, T0 + 60 * MINUTE), type: 'wait', nothingChanged: true } as Event],
      ];
      for (const [index, events] of paths.entries()) {
        let operation: Operation = await take(store, request(index, { machine: index + 10 }));
        for (const event of events) operation = await move(store, operation as OpenOperation, event);
        assert.deepEqual(await store.find(operation.id), operation);
      }
    });

    test('the machines of an intent are one selector, as earlier versions write and read it, or several', async (t) => {
      const store = await (await create(t)).open();
      const selectors = [{ team: 'ml' }, [{ team: 'ml' }, { stage: 'dev', team: 'web' }], []] as const;
      for (const [index, only] of selectors.entries()) {
        const { id, intent } = request(index, { machine: index + 1 });
        const taken = await take(store, { id, intent: { ...intent, only } });
        assert.deepEqual(taken.intent.only, only);
        assert.deepEqual((await store.find(id))?.intent.only, only);
      }
    });

    test('without a time the owner keeps the operation; with one it is due then, for everybody', async (t) => {
      const store = await (await create(t)).open();
      const queued = await take(store, request(1));
      const acting = await move(store, queued, act(1));
      assert.ok(acting.state === 'acting');
      assert.deepEqual(await claimAll(store, 'worker-2', T0 + 59 * MINUTE), []);
      await move(store, acting, wait(1, T0 + MINUTE), T0 + MINUTE);
      assert.equal(await store.nextDueAt(), T0 + MINUTE);
      assert.equal((await claimAll(store, 'worker-2', T0 + MINUTE)).length, 1);
    });

    test('each change is answered in order, and a lost one takes nothing from its neighbours', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [request(1, { machine: 1 }), request(2, { machine: 2 }), request(3, { machine: 3 })], T0);
      const [one, two, three] = await claimAll(store);
      assert.ok(one && two && three);
      await move(store, two, wait(2, T0));
      const changes = [one, two, three].map((operation) => change(operation, ENDINGS.succeeded));
      assert.deepEqual(
        (await settle(store, WORKER, changes)).map(({ outcome }) => outcome),
        ['written', 'lost', 'written'],
      );
      assert.equal((await store.countByState()).succeeded, 2);
    });

    test('the trail keeps the order of what was told, over several settles', async (t) => {
      const store = await (await create(t)).open();
      const queued = await take(store, request(1));
      const trail = [
        { at: T0, event: 'state', guard: 'opt-out', message: 'not tagged' },
        { at: T0, event: 'state', requestId: 'request-1', code: 'Throttled' },
        { at: T0 - 1, event: 'joined', message: 'stopping' },
      ] as const;
      let operation: Operation = queued;
      for (const [index, entry] of trail.entries()) {
        assert.ok(isOpen(operation));
        const told: Change = { ...change(operation, index % 2 === 0 ? act(1) : wait(1, T0 + MINUTE)), entry };
        await settle(store, WORKER, [told]);
        operation = told.after;
      }
      assert.ok(isOpen(operation));
      await move(store, operation, ENDINGS.failed);
      assert.deepEqual((await store.trail(idOf(1))).slice(1), [...trail, { at: T0, event: 'state', state: 'failed' }]);
    });

    test('a change that the database refuses takes all of them back', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [request(1, { machine: 1 }), request(2, { machine: 2 })], T0);
      const [one, two] = await claimAll(store);
      assert.ok(one && two);
      const bad = { ...change(two, ENDINGS.failed), after: { ...two, state: 'failed' } as unknown as Operation };
      await assert.rejects(async () => settle(store, WORKER, [change(one, ENDINGS.succeeded), bad]));
      assert.equal((await store.countByState()).queued, 2);
      assert.equal((await store.trail(idOf(1))).length, 1);
    });

    test('text that a database may not hold does not stop the rest', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1)), { ...ENDINGS.failed, message: 'half \0 a \ud800 message' });
      assert.match((await store.find(idOf(1)))?.state ?? '', /failed/);
      assert.equal(await store.find('\0'), undefined);
      assert.deepEqual(await store.list({ target: 'i-\0', limit: 1 }), []);
      assert.deepEqual(await store.machineRows(['i-\0', '{"}', '\\'], T0), []);
    });
  });

  describe('cancel', () => {
    test('ends what is queued or waiting, and tells it in the trail', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1, { machine: 1 })), wait(1, T0 + MINUTE), T0 + MINUTE);
      await enqueue(store, [request(2, { machine: 2 })], T0);
      for (const id of [idOf(1), idOf(2)]) {
        const cancelled = (await store.cancel(id, ADA, T0 + 5))?.operation;
        assert.ok(cancelled?.state === 'cancelled');
        const told = { reason: 'by_person', message: 'cancelled by Ada' };
        assert.deepEqual(cancelled, { ...cancelled, ...told, endedAt: T0 + 5 });
        assert.deepEqual(await store.find(id), cancelled);
        const by = { who: 'Ada', remote: '10.0.0.7' };
        assert.deepEqual((await store.trail(id)).at(-1), {
          at: T0 + 5,
          event: 'state',
          state: 'cancelled',
          ...told,
          ...by,
        });
      }
      assert.equal(await store.nextDueAt(), undefined);
    });

    test('ends it under the hands of its worker, who then writes nothing and does not ask EC2', async (t) => {
      const store = await (await create(t)).open();
      const claimed = await take(store, request(1));
      assert.equal((await store.cancel(idOf(1), ADA, T0 + 1))?.operation.state, 'cancelled');
      assert.deepEqual(await settle(store, WORKER, [change(claimed, act(1))]), [{ outcome: 'lost' }]);
      assert.deepEqual(await store.renew(WORKER, [idOf(1)], T0 + MINUTE), []);
      assert.equal(await stateOf(store, idOf(1)), 'cancelled');
    });

    test('leaves what EC2 was asked for, perhaps not for the first time', async (t) => {
      const store = await (await create(t)).open();
      const acting = await call(store, await take(store, request(1)), 1);
      assert.equal((await store.cancel(idOf(1), ADA, T0))?.operation.state, 'acting');
      await move(store, acting, wait(1, T0), T0);
      const [again] = await claimAll(store);
      assert.ok(again?.sentAt !== undefined);
      assert.equal(
        (await store.cancel(idOf(1), ADA, T0))?.operation.state,
        'waiting',
        'what became of it is looked at now',
      );
      await move(store, again, { ...wait(1, T0 + MINUTE), reason: 'throttled' } as Event, T0 + MINUTE);
      assert.equal((await store.cancel(idOf(1), ADA, T0 + 1))?.operation.state, 'waiting', 'nobody has looked yet');
      assert.equal(await store.nextDueAt(), T0 + 1, 'and it is looked at now');
      assert.equal((await store.trail(idOf(1))).length, 4);
      const [looked] = await claimAll(store, WORKER, T0 + 1);
      assert.ok(looked);
      const [asked] = await settle(store, WORKER, [change(looked, act(1))]);
      assert.equal(asked?.outcome, 'overruled', 'EC2 is not asked again');
    });

    test('leaves what has ended, and knows what there is not', async (t) => {
      const store = await (await create(t)).open();
      const ended = await move(store, await take(store, request(1)), ENDINGS.refused, T0);
      assert.deepEqual(await store.cancel(idOf(1), ADA, T0), { operation: ended, moves: [] });
      assert.equal(await store.cancel(idOf(9), ADA, T0), undefined);
    });

    test('wins over the worker that claims at the same moment, however far it has come before it sends', async (t) => {
      const [one, other] = await (await create(t)).replicas(2);
      assert.ok(one && other);
      for (let round = 0; round < 20; round += 1) {
        await enqueue(one, [request(round, { machine: round })], T0);
        const cancelling: Promise<CancelAnswer | undefined> = one.cancel(idOf(round), ADA, T0);
        const [claimed] = await claimAll(other);
        if (claimed !== undefined) await settle(other, WORKER, [change(claimed, act(round))]);
        assert.equal((await cancelling)?.operation.state, 'cancelled', `round ${String(round)}`);
        assert.equal(await stateOf(one, idOf(round)), 'cancelled');
      }
    });
  });
}

function actEvent(): Event & { readonly type: 'act' } {
  const event = act(1);
  assert.ok(event.type === 'act' && event.instance.id === instanceId(1));
  return event;
}

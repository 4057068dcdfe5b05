import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OpenOperation } from '../../../src/domain/operation.ts';
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
  idOf,
  instanceId,
  move,
  request,
  send,
  stateOf,
  take,
  wait,
  enqueue,
  type Request,
  settle,
} from './samples.ts';

export function describeRivals(create: CreateDatabase): void {
  describe('rivals: opposite verbs on one instance', () => {
    test('one that is being carried out, or verified, must end first', async (t) => {
      const store = await (await create(t)).open();
      const stop = await call(store, await take(store, request(1, { verb: 'stop' })), 1);
      const start = await take(store, request(2, { verb: 'start', person: 'Ada' }), T0 + 1);
      const busy: Settled = { outcome: 'rival', rival: idOf(1), yields: false };
      assert.deepEqual(await tryToAct(store, start), busy);
      const { instance, acted } = stop;
      const verifying = await move(store, stop, { type: 'accept', instance, acted, at: T0 });
      assert.deepEqual(await tryToAct(store, start), busy);
      assert.equal(await stateOf(store, idOf(2)), 'queued');
      await move(store, verifying as OpenOperation, ENDINGS.succeeded);
      assert.equal((await tryToAct(store, start))?.outcome, 'written');
    });

    test('one that is about to be sent gives way at once, and is not sent', async (t) => {
      const store = await (await create(t)).open();
      const stop = await move(store, await take(store, request(1, { verb: 'stop' })), act(1));
      const start = await take(store, request(2, { verb: 'start', person: 'Ada' }), T0 + 1);
      assert.equal((await tryToAct(store, start))?.outcome, 'written');
      assert.equal(await stateOf(store, idOf(1)), 'cancelled');
      await assert.rejects(async () => send(store, stop), /claim has ended/);
    });

    test('the newer beats the older, which is cancelled and says why', async (t) => {
      const store = await (await create(t)).open();
      await waiting(store, request(1, { verb: 'stop' }), T0);
      const start = await take(store, request(2, { verb: 'start' }), T0 + 1);
      assert.equal((await tryToAct(store, start))?.outcome, 'written');
      const loser = await store.find(idOf(1));
      assert.ok(loser?.state === 'cancelled');
      assert.equal(loser.reason, 'superseded');
      assert.match(loser.message, new RegExp(String.raw`^the start by .+ takes precedence \(operation ${idOf(2)}\)$`));
      const { at, event, state, reason } = (await store.trail(idOf(1))).at(-1) ?? assert.fail('no trail');
      assert.deepEqual([at, event, state, reason], [T0, 'state', 'cancelled', 'superseded']);
      assert.equal(await store.nextDueAt(), T0 + 1 + 60 * MINUTE);
    });

    test('a plan is told of the open operations on a machine, and of those that name it and have not found it yet', async (t) => {
      const store = await (await create(t)).open();
      await waiting(store, request(1, { verb: 'stop' }), T0);
      await enqueue(store, [request(2, { verb: 'start' }), request(3, { machine: 2 })], T0 + 1);
      assert.deepEqual((await store.openOn(instanceId(1), [])).length, 1);
      const open = await store.openOn(instanceId(1), [instanceId(1)]);
      assert.deepEqual(open.map(({ id }) => id).toSorted(), [idOf(1), idOf(2)]);
    });

    test('what a look has found as it should be is not written when a rival has ended since', async (t) => {
      const store = await (await create(t)).open();
      const stop = await call(store, await take(store, request(1, { verb: 'stop' })), 1);
      const start = await take(store, request(2, { verb: 'start', person: 'Ada' }), T0 + 1);
      await move(store, stop, { type: 'succeed', reason: 'state_reached', message: 'is stopped', at: T0 + 2 });
      const found = { type: 'succeed', reason: 'already_in_state', message: 'runs', at: T0 } as const;
      const already = change(start, { ...found, instance: { id: instanceId(1), place: {} } });
      assert.deepEqual(await settle(store, WORKER, [already]), [{ outcome: 'rival', rival: idOf(1), yields: false }]);
      assert.deepEqual(await settle(store, WORKER, [{ ...already, at: T0 + 2 }]), [WRITTEN]);
    });

    test('what finds all as it should be cancels what would undo it a moment later', async (t) => {
      const store = await (await create(t)).open();
      await waiting(store, request(1, { verb: 'stop' }), T0);
      const start = await take(store, request(2, { verb: 'start' }), T0 + 1);
      const resolved = { id: instanceId(1), place: {} };
      const already = { type: 'succeed', reason: 'already_in_state', message: 'runs', at: T0 + 1 } as const;
      const [settled] = await settle(store, WORKER, [change(start, { ...already, instance: resolved })]);
      assert.ok(settled?.outcome === 'written');
      assert.deepEqual(
        settled.moves.map(({ before, after }) => [before?.id, before?.state, after.state]),
        [[idOf(1), 'waiting', 'cancelled']],
      );
      assert.equal(await stateOf(store, idOf(1)), 'cancelled');
    });

    test('one that has ended well has overtaken those that had not found their machine, and are older', async (t) => {
      const store = await (await create(t)).open();
      const stop = await take(store, request(1, { verb: 'stop' }), T0);
      const start = await take(store, request(2, { verb: 'start' }), T0);
      const newer = await take(store, request(3, { verb: 'stop', machine: 2 }), T0 + MINUTE);
      const instance = { id: instanceId(1), place: {} };
      const already = { type: 'succeed', reason: 'already_in_state', message: 'runs', at: T0, instance } as const;
      assert.deepEqual(await settle(store, WORKER, [change(start, already)]), [WRITTEN]);
      const overtaken: Settled = { outcome: 'rival', rival: idOf(2), yields: true };
      assert.deepEqual(await tryToAct(store, stop), overtaken);
      assert.deepEqual(await settle(store, WORKER, [change(stop, wait(1, T0 + MINUTE))]), [overtaken]);
      assert.equal((await tryToAct(store, newer))?.outcome, 'written');
    });

    test("one that has ended is nobody's rival any more, also for the others of the same batch", async (t) => {
      const store = await (await create(t)).open();
      const start = await take(store, request(1, { verb: 'start' }));
      const stop = await take(store, request(2, { verb: 'stop' }), T0 + MINUTE);
      const other = await take(store, request(3, { machine: 2 }), T0 + MINUTE);
      const instance = { id: instanceId(1), place: {} };
      const already = { type: 'succeed', reason: 'already_in_state', message: 'runs', at: T0 + 1, instance } as const;
      const settled = await settle(store, WORKER, [
        change(start, already),
        change(stop, act(1)),
        change(other, act(2)),
      ]);
      assert.deepEqual(settled, [WRITTEN, WRITTEN, WRITTEN]);
    });

    test('one that is cancelled for another stays cancelled, whatever its worker finds out in the same batch', async (t) => {
      const store = await (await create(t)).open();
      await waiting(store, request(1, { verb: 'stop' }), T0);
      const stop = (await claimAll(store, WORKER, T0 + MINUTE)).find(({ id }) => id === idOf(1));
      const start = await take(store, request(2, { verb: 'start', person: 'Ada' }), T0 + MINUTE);
      assert.ok(stop !== undefined);
      const instance = { id: instanceId(1), place: {} };
      const already = { type: 'succeed', reason: 'already_in_state', message: 'runs', at: T0, instance } as const;
      const settled = await settle(store, WORKER, [change(start, already), change(stop, wait(1, T0 + 2 * MINUTE))]);
      assert.deepEqual(
        settled.map(({ outcome }) => outcome),
        ['written', 'lost'],
      );
      assert.equal(await stateOf(store, idOf(1)), 'cancelled');
    });

    test('one that takes over what somebody else has asked of EC2 looks for rivals too', async (t) => {
      const store = await (await create(t)).open();
      await call(store, await take(store, request(1, { verb: 'stop' })), 1);
      const start = await take(store, request(2, { verb: 'start' }), T0 + 1);
      const instance = { id: instanceId(1), place: {} };
      const accept = { type: 'accept', instance, acted: { launchedAt: 0 }, at: T0 + 1 } as const;
      const [settled] = await settle(store, WORKER, [change(start, accept)]);
      assert.deepEqual(settled, { outcome: 'rival', rival: idOf(1), yields: false });
    });

    test('the older gives way to the newer', async (t) => {
      const store = await (await create(t)).open();
      const stop = await take(store, request(1, { verb: 'stop' }));
      await waiting(store, request(2, { verb: 'start' }), T0 + 1);
      assert.deepEqual(await tryToAct(store, stop), { outcome: 'rival', rival: idOf(2), yields: true });
      assert.equal(await stateOf(store, idOf(1)), 'queued');
      assert.equal(await stateOf(store, idOf(2)), 'waiting');
    });

    test('a person beats an alert, however old the wish', async (t) => {
      const store = await (await create(t)).open();
      await waiting(store, request(1, { verb: 'start', person: 'Ada' }), T0);
      // The alert has begun after she asked: her word alone would not be in its way.
      const stop = await take(store, later(request(2, { verb: 'stop' })), T0 + 1);
      assert.deepEqual(await tryToAct(store, stop), { outcome: 'rival', rival: idOf(1), yields: true });
      const [start] = await claimAll(store, WORKER, T0 + MINUTE);
      assert.ok(start);
      await move(store, stop, wait(1, T0 + MINUTE), T0 + MINUTE);
      assert.equal((await tryToAct(store, start))?.outcome, 'written');
      assert.equal(await stateOf(store, idOf(2)), 'cancelled');
    });

    test('a dry run is nobody’s rival', async (t) => {
      const store = await (await create(t)).open();
      await waiting(store, request(1, { verb: 'stop', dryRun: true }), T0);
      const start = await take(store, request(2, { verb: 'start' }), T0 + 1);
      assert.equal((await tryToAct(store, start))?.outcome, 'written');
      assert.equal(await stateOf(store, idOf(1)), 'waiting');
      const dry = await take(store, request(3, { verb: 'stop', dryRun: true, machine: 2 }), T0 + 2);
      assert.equal((await tryToAct(store, dry))?.outcome, 'written');
      assert.equal(await stateOf(store, idOf(2)), 'acting');
    });

    test('the same verb, another instance, or one that has ended is no rival', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1, { verb: 'stop', machine: 1 })), act(2));
      await move(store, await take(store, request(2, { verb: 'start', machine: 2 })), act(1));
      await enqueue(store, [request(3, { verb: 'start', machine: 3 })], T0);
      const [third] = await claimAll(store);
      assert.ok(third);
      assert.equal((await tryToAct(store, third))?.outcome, 'written');
    });

    test('a worker that has lost the operation cancels nobody for it', async (t) => {
      const store = await (await create(t)).open();
      await waiting(store, request(1, { verb: 'stop' }), T0);
      await enqueue(store, [request(2, { verb: 'start' })], T0 + 1);
      const {
        operations: [mine],
      } = await store.claim({ owner: WORKER, now: T0 + 1, until: T0 + 2, limit: 1 });
      await claimAll(store, 'worker-2', T0 + 2);
      assert.ok(mine);
      assert.deepEqual(await tryToAct(store, mine), { outcome: 'lost' });
      assert.equal(await stateOf(store, idOf(1)), 'waiting');
    });

    test('of two replicas that act with opposite verbs at the same moment, one sends its call', async (t) => {
      const [one, other] = await (await create(t)).replicas(2);
      assert.ok(one && other);
      // Neither operation says yet which instance it is about: each would find nothing if it looked before the other wrote.
      for (let round = 1; round <= 20; round += 1) {
        const stop = await take(one, request(2 * round, { verb: 'stop', machine: round }), T0, 'one');
        const start = await take(other, request(2 * round + 1, { verb: 'start', machine: round }), T0, 'other');
        const actAndSend = async (store: Store, owner: string, operation: OpenOperation): Promise<boolean> => {
          const [settled] = await settle(store, owner, [change(operation, act(round))]);
          return settled?.outcome === 'written' && maySend(store, owner, operation.id, round);
        };
        const sent: readonly boolean[] = await Promise.all([
          actAndSend(one, 'one', stop),
          actAndSend(other, 'other', start),
        ]);
        assert.equal(sent.filter(Boolean).length, 1, `round ${String(round)}`);
      }
    });

    test('replicas that act on the same instances in different orders all get an answer', async (t) => {
      const [one, other] = await (await create(t)).replicas(2);
      assert.ok(one && other);
      const machines = Array.from({ length: 20 }, (_, machine) => machine);
      await enqueue(
        one,
        machines.map((machine) => request(machine, { verb: 'stop', machine })),
        T0,
      );
      const stops = await claimAll(one, 'one');
      await enqueue(
        other,
        machines.map((machine) => request(100 + machine, { verb: 'start', machine })),
        T0,
      );
      const starts = await claimAll(other, 'other');
      const actAll = async (store: Store, owner: string, operations: readonly OpenOperation[]) =>
        settle(
          store,
          owner,
          operations.map((operation) => change(operation, act(Number(operation.id.slice(-2))))),
        );
      const answers: (readonly Settled[])[] = await Promise.all([
        actAll(one, 'one', stops),
        actAll(other, 'other', starts.toReversed()),
      ]);
      assert.equal(answers.flat().length, 40);
      // A stop that came first has given way to the newer start.
      assert.equal((await one.countByState()).acting, 20);
    });
  });
}

async function maySend(store: Store, owner: string, id: string, machine: number): Promise<boolean> {
  const whyNot = (standing: Standing | undefined): string | undefined => (standing === undefined ? 'lost' : undefined);
  const [answer] = await store.send(owner, [{ id, instance: instanceId(machine), whyNot }], T0);
  return answer?.outcome === 'go';
}

async function tryToAct(store: Store, operation: OpenOperation): Promise<Settled | undefined> {
  const [answer] = await settle(store, WORKER, [change(operation, act(1))]);
  return answer;
}

/** An operation that waits for a minute, and knows its instance. */
async function waiting(store: Store, wanted: Parameters<typeof take>[1], now: number): Promise<void> {
  await move(store, await take(store, wanted, now), wait(1, T0 + MINUTE), T0 + MINUTE);
}

/** As asked for by an alert that began a moment after T0. */
function later({ id, intent }: Request): Request {
  return { id, intent: { ...intent, cause: { ...intent.cause, beganAt: T0 + 1 } } };
}

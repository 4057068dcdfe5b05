import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ListQuery } from '../../../src/store/port.ts';
import { machineKeys, targetKey } from '../../../src/domain/target.ts';
import type { CreateDatabase } from './database.ts';
import { ENDINGS, T0, idOf, instanceId, move, request, take, enqueue, ADA, WORKER, act, claimAll } from './samples.ts';

export function describeRead(create: CreateDatabase): void {
  describe('the log of operations', () => {
    test('names the machine of each operation: as it was asked for, and by its id once that is known', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [request(1, { machine: 1 })], T0);
      const machines = async () =>
        (await store.audit({ limit: 9, operation: idOf(1) })).map(({ target, instance }) => [target, instance]);
      const target = targetKey(request(1, { machine: 1 }).intent.target);
      assert.deepEqual(await machines(), [[target, undefined]]);
      const [queued = assert.fail()] = await claimAll(store, WORKER, T0);
      await move(store, queued, act(1));
      const known = [target, instanceId(1)];
      assert.deepEqual(await machines(), [known, known]);
    });
  });

  describe('list', () => {
    test('answers newest first, filtered, from a cursor on', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1, { machine: 1 })), ENDINGS.succeeded);
      await enqueue(store, [request(2, { machine: 1, episode: 'two' })], T0);
      await enqueue(store, [request(3, { machine: 2 }), request(4, { machine: 2, verb: 'start' })], T0);
      const ids = async (query: Partial<ListQuery>): Promise<readonly string[]> =>
        (await store.list({ limit: 10, ...query })).map(({ id }) => id);
      assert.deepEqual(await ids({}), [4, 3, 2, 1].map(idOf));
      assert.deepEqual(await ids({ limit: 2 }), [4, 3].map(idOf));
      assert.deepEqual(await ids({ limit: 2, cursor: idOf(3) }), [2, 1].map(idOf));
      assert.deepEqual(await ids({ cursor: idOf(1) }), []);
      assert.deepEqual(await ids({ states: ['succeeded'] }), [idOf(1)]);
      assert.deepEqual(await ids({ verb: 'start' }), [idOf(4)]);
      assert.deepEqual(await ids({ target: instanceId(1) }), [2, 1].map(idOf));
      assert.deepEqual(await ids({ target: instanceId(2), verb: 'stop', states: ['queued'] }), [idOf(3)]);
      assert.deepEqual(await ids({ target: 'nobody' }), []);
    });

    test('several states, dry runs, and what was made since a time', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1, { machine: 1 })), ENDINGS.succeeded);
      await enqueue(store, [request(2, { machine: 2, dryRun: true }), request(3, { machine: 3 })], T0);
      await store.cancel(idOf(3), ADA, T0);
      const ids = async (query: Partial<ListQuery>): Promise<readonly string[]> =>
        (await store.list({ limit: 10, ...query })).map(({ id }) => id);
      assert.deepEqual(await ids({ states: ['succeeded', 'cancelled'] }), [3, 1].map(idOf));
      assert.deepEqual(await ids({ states: ['succeeded', 'cancelled'], limit: 1 }), [idOf(3)]);
      assert.deepEqual(await ids({ states: ['succeeded', 'cancelled'], cursor: idOf(3) }), [idOf(1)]);
      assert.deepEqual(await ids({ states: [] }), []);
      assert.deepEqual(await ids({ dryRun: true }), [idOf(2)]);
      assert.deepEqual(await ids({ dryRun: false, verb: 'stop' }), [3, 1].map(idOf));
      assert.deepEqual(await ids({ states: ['queued'], dryRun: false }), []);
      const made = (await store.find(idOf(3)))?.createdAt ?? 0;
      assert.deepEqual(await ids({ since: made + 1, states: ['cancelled'] }), []);
    });

    test('a machine is found however it was named, once it is known which it is', async (t) => {
      const store = await (await create(t)).open();
      const named = { kind: 'name', name: 'gpu-1', text: 'gpu-1:9400' } as const;
      const address = { kind: 'address', address: { family: 4, text: '10.0.0.1' }, text: '10.0.0.1' } as const;
      const instance = { id: instanceId(1), place: {}, name: 'train box' };
      const end = { ...ENDINGS.succeeded, instance };
      await move(store, await take(store, request(1, { target: named })), end);
      await move(store, await take(store, request(2, { target: address })), end);
      await move(store, await take(store, request(3, { machine: 1 })), ENDINGS.succeeded);
      await enqueue(store, [request(4, { machine: 2 }), request(5, { target: named, episode: 'two' })], T0);
      const ids = async (machine: string, query: Partial<ListQuery> = {}): Promise<readonly string[]> =>
        (await store.list({ limit: 10, machine: machineKeys(machine), ...query })).map(({ id }) => id);
      const byId = await ids(instanceId(1));
      assert.deepEqual(byId, [3, 2, 1].map(idOf));
      for (const name of ['gpu-1', 'GPU-1:9100']) assert.deepEqual(await ids(name), [5, 3, 2, 1].map(idOf), name);
      for (const name of ['10.0.0.1', '10.0.0.1:9400', 'train box']) assert.deepEqual(await ids(name), byId, name);
      assert.deepEqual(await ids('gpu-1', { states: ['queued'] }), [idOf(5)]);
      assert.deepEqual(await ids('10.0.0.1', { limit: 1 }), [idOf(3)]);
      assert.deepEqual(await ids('nobody'), []);
      assert.equal((await store.find(idOf(2)))?.instance?.name, 'train box');
    });

    test('ids are found by how they begin or end', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [request(1, { machine: 1 }), request(12, { machine: 2 }), request(2, { machine: 3 })], T0);
      for (const length of [4, 7, 8, 9, 12, 35])
        assert.deepEqual(await store.findIds(idOf(12).slice(-length), 5), [idOf(12)], String(length));
      assert.deepEqual(await store.findIds(idOf(1).slice(0, 8), 5), [12, 2, 1].map(idOf));
      assert.equal((await store.findIds(idOf(1).slice(0, 8), 2)).length, 2);
      assert.deepEqual(await store.findIds('f00f', 5), []);
      assert.deepEqual(await store.findIds('%%%%', 5), []);
      assert.deepEqual(await store.findIds('____', 5), []);
    });

    test('an operation that does not exist has neither a record nor a trail', async (t) => {
      const store = await (await create(t)).open();
      assert.equal(await store.find(idOf(1)), undefined);
      assert.deepEqual(await store.trail(idOf(1)), []);
    });
  });

  describe('prune', () => {
    test('deletes what ended before a time, oldest first and no more than asked, with trail and episode', async (t) => {
      const store = await (await create(t)).open();
      const machines = [1, 2, 3];
      for (const machine of machines) {
        await move(store, await take(store, request(machine, { machine, episode: 'one' })), ENDINGS.succeeded);
      }
      await enqueue(store, [request(4, { machine: 4 })], T0);
      const [first] = await store.list({ limit: 1, cursor: idOf(2) });
      assert.ok(first !== undefined && 'endedAt' in first);
      const later = first.endedAt + 60_000;
      assert.equal(await store.prune(first.endedAt, 10), 0, 'the time itself is not before it');
      assert.equal(await store.prune(later, 2), 2);
      assert.equal(await store.prune(later, 2), 2, 'an operation, and with the room that is left a delivery');
      assert.deepEqual((await store.audit({ limit: 100, event: 'delivery' })).length, 3);
      assert.equal(await store.prune(later, 100, 0), 3);
      assert.equal(await store.prune(later, 100, 0), 0);
      assert.equal(await store.find(idOf(1)), undefined);
      assert.deepEqual(await store.trail(idOf(1)), []);
      assert.deepEqual(
        (await store.list({ limit: 10 })).map(({ id }) => id),
        [idOf(4)],
        'what is open stays',
      );
      const [again] = await enqueue(store, [request(5, { machine: 1, episode: 'one' })], T0);
      assert.equal(again?.outcome, 'accepted', 'a forgotten episode is looked at as if it were new');
    });
  });

  describe('counts and times', () => {
    test('every state is counted, also at zero', async (t) => {
      const store = await (await create(t)).open();
      const none = {
        queued: 0,
        waiting: 0,
        acting: 0,
        verifying: 0,
        succeeded: 0,
        refused: 0,
        failed: 0,
        cancelled: 0,
      };
      assert.deepEqual(await store.countByState(), none);
      await enqueue(store, [request(1, { machine: 1 }), request(2, { machine: 2 })], T0);
      await store.cancel(idOf(1), ADA, T0);
      assert.deepEqual(await store.countByState(), { ...none, queued: 1, cancelled: 1 });
    });

    test('the oldest open operation of each state is found by when it was made, those that have ended left out', async (t) => {
      const store = await (await create(t)).open();
      assert.deepEqual(await store.oldestOpen(), {});
      await move(store, await take(store, request(1, { machine: 1 })), ENDINGS.succeeded);
      assert.deepEqual(await store.oldestOpen(), {});
      await enqueue(store, [request(2, { machine: 2 })], T0 + 2);
      await enqueue(store, [request(3, { machine: 3 })], T0 + 1);
      assert.deepEqual(await store.oldestOpen(), { queued: T0 + 1 });
      const waiting = await take(store, request(4, { machine: 4 }));
      await move(store, waiting, { type: 'wait', until: T0 + 999, reason: 'retry', message: 'later' });
      assert.deepEqual(await store.oldestOpen(), { queued: T0 + 1, waiting: waiting.createdAt });
    });

    test('the next due time is that of the earliest open operation, claims included', async (t) => {
      const store = await (await create(t)).open();
      assert.equal(await store.nextDueAt(), undefined);
      await enqueue(store, [request(1, { machine: 1 })], T0 + 5);
      assert.equal(await store.nextDueAt(), T0 + 5);
      const {
        operations: [operation],
      } = await store.claim({ owner: 'me', now: T0 + 5, until: T0 + 99, limit: 1 });
      assert.equal(await store.nextDueAt(), T0 + 99);
      assert.ok(operation);
      await move(store, operation, ENDINGS.succeeded, T0, 'me');
      assert.equal(await store.nextDueAt(), undefined);
    });
  });

  describe('settings', () => {
    test('the first to write a setting wins, whoever else writes at the same moment', async (t) => {
      const replicas = await (await create(t)).replicas(5);
      const got = await Promise.all(
        replicas.map(async (store, index) => store.writeSettingOnce('token', `v${String(index)}`)),
      );
      assert.equal(new Set(got).size, 1);
      for (const store of replicas) assert.equal(await store.readSetting('token'), got[0]);
      assert.equal(await replicas[0]?.writeSettingOnce('token', 'late'), got[0]);
      assert.equal(await replicas[0]?.readSetting('nothing'), undefined);
      for (const value of ['changed', 'changed again']) await replicas[0]?.changeSetting('token', value);
      for (const store of replicas) assert.equal(await store.readSetting('token'), 'changed again');
    });

    test('a store that works says so', async (t) => {
      const replicas = await (await create(t)).replicas(2);
      await Promise.all(replicas.map(async (store) => store.check()));
    });
  });
}

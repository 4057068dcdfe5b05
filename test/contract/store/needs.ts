import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alertKey, workKey } from '../../../src/domain/intent.ts';
import type { CreateDatabase } from './database.ts';
import {
  DELIVERY,
  ENDINGS,
  MINUTE,
  ORIGIN,
  T0,
  act,
  enqueue,
  idOf,
  instanceId,
  memberOf,
  move,
  request,
  resolvedOf,
  take,
  wait,
  record,
} from './samples.ts';

const START = { verb: 'start' } as const;

export function describeNeeds(create: CreateDatabase): void {
  describe('alerts that ask for a machine', () => {
    test('stand until they are said to be over, whatever became of the start', async (t) => {
      const store = await (await create(t)).open();
      const wanted = request(1, START);
      const taken = await take(store, wanted);
      assert.deepEqual(await store.standingStarts(instanceId(1)), [], 'nobody knows yet which machine it is');
      const acting = await move(store, taken, act(1));
      assert.ok(acting.state === 'acting');
      await move(store, acting, { ...ENDINGS.failed, at: T0 }, T0);
      const standing = { fingerprint: 'feedfacefeedface', alertname: 'GpuIdle', seenAt: T0 };
      assert.deepEqual(await store.standingStarts(instanceId(1)), [standing]);
      assert.deepEqual(await store.standingStarts(instanceId(2)), []);
      await record(store, [{ id: DELIVERY, origin: ORIGIN, members: [resolvedOf(wanted)] }], T0 + MINUTE);
      assert.deepEqual(await store.standingStarts(instanceId(1)), []);
    });

    test('are neither people nor those that ask for a stop', async (t) => {
      const store = await (await create(t)).open();
      for (const wanted of [request(1), request(2, { ...START, machine: 2, person: 'Ada' })]) {
        await move(store, await take(store, wanted), wait(wanted.id === idOf(1) ? 1 : 2, T0), T0);
      }
      for (const machine of [1, 2]) assert.deepEqual(await store.standingStarts(instanceId(machine)), []);
    });
  });

  test('an alert that fires takes back what its earlier ends have asked for, and nothing of others', async (t) => {
    const store = await (await create(t)).open();
    await enqueue(store, [request(1, { episode: 'first' }), request(2, { machine: 2, episode: 'first' })], T0);
    const again = request(3, { ...START, episode: 'second' });
    const { intent } = request(4, { episode: 'second' });
    const work = workKey(intent);
    const episode = `${work}|feedfacefeedface|second`;
    const ends = {
      episode,
      alert: alertKey(intent, 'feedfacefeedface|second'),
      message: 'it fires again',
      earlier: { verb: 'stop' as const, work, fingerprint: 'feedfacefeedface' },
    };
    const members = [memberOf(again, { ends })];
    const { cancelled } = await record(store, [{ id: DELIVERY, origin: ORIGIN, members }], T0 + MINUTE);
    assert.deepEqual(
      cancelled.map(({ after, entry }) => [after.id, entry.reason]),
      [[idOf(1), 'resolved']],
    );
    assert.equal((await store.find(idOf(2)))?.state, 'queued');
    assert.match((await store.trail(idOf(1))).at(-1)?.message ?? '', /^it fires again/);
  });
}

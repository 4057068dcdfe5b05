/** Times of machines that clocks have written which run ahead, or were set back. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CreateDatabase } from './database.ts';
import { intervalsOf, listMachines, PLACE, see, sighting } from './machine-samples.ts';
import { act, call, idOf, instanceId, MINUTE, move, request, send, T0, take } from './samples.ts';

const HOUR = 60 * MINUTE;

export function describeMachineTimes(create: CreateDatabase): void {
  describe('times of machines', () => {
    test('are seen again at once after the clock was set back', async (t) => {
      const store = await (await create(t)).open();
      await see(store, sighting(1, { at: T0 + HOUR }), sighting(2, { at: T0 + HOUR, state: 'stopped' }));
      await store.claimWatch('a', T0 + HOUR, T0 + HOUR + MINUTE);
      await store.hasten(T0 + MINUTE, T0);
      assert.equal(await store.claimWatch('b', T0, T0 + MINUTE), true);
      const seen = [
        sighting(1, { at: T0 + MINUTE, state: 'stopping' }),
        sighting(2, { at: T0 + MINUTE, state: 'unknown' }),
      ];
      assert.deepEqual(await see(store, ...seen), [instanceId(1), instanceId(2)]);
      assert.deepEqual(await intervalsOf(store, 2), [
        ['stopped', 0, MINUTE, 'before'],
        ['unknown', MINUTE, undefined, 'outside'],
      ]);
    });

    test('that a replica with a clock ahead has seen are believed as soon as another one sees them', async (t) => {
      const [ahead = assert.fail(), other = assert.fail()] = await (await create(t)).replicas(2);
      await see(other, sighting(1, { at: T0 - MINUTE }), sighting(2, { at: T0 - MINUTE }));
      await call(other, await take(other, request(1, { machine: 1 })), 1);
      const late = T0 + 10 * MINUTE;
      await see(
        ahead,
        sighting(1, { at: late }),
        sighting(2, { at: late, state: 'stopped' }),
        sighting(3, { at: late - 1 }),
      );
      assert.deepEqual(await ahead.forgetUnseen(PLACE, late, late), [instanceId(3)]);
      const seen = [
        sighting(1, { at: T0 + 2_000, state: 'stopping' }),
        sighting(2, { at: T0 + 2_000, state: 'stopped' }),
        sighting(3, { at: T0 + 2_000 }),
      ];
      assert.deepEqual(await see(other, ...seen), [1, 3].map(instanceId));
      assert.deepEqual(await intervalsOf(other, 1), [
        ['running', -HOUR, 2_000, 'before'],
        ['stopping', 2_000, undefined, 'alert'],
      ]);
      const { why, seenAt } = (await other.machine(instanceId(1), T0))?.machine ?? assert.fail();
      assert.deepEqual([why, seenAt], [{ by: 'alert', operation: idOf(1), who: 'GpuIdle' }, T0 + 2_000]);
      assert.deepEqual((await listMachines(other)).ids, [1, 2, 3]);
    });

    test('that a clock ahead has written keep no machine in the list that is gone', async (t) => {
      const store = await (await create(t)).open();
      await see(store, sighting(1, { at: T0 + 10 * MINUTE }), sighting(2, { at: T0 }));
      assert.deepEqual(await store.forgetUnseen(PLACE, T0, T0 + 1_000), [instanceId(1)]);
      assert.deepEqual((await listMachines(store)).ids, [2]);
      assert.equal((await store.machine(instanceId(1), T0))?.machine.forgottenAt, T0);
    });

    test('that are later than the moment at which they are recorded count as that moment', async (t) => {
      const store = await (await create(t)).open();
      await store.recordSeen([sighting(1, { at: T0 + HOUR })], T0);
      assert.equal((await store.machine(instanceId(1), T0))?.machine.seenAt, T0);
    });

    test('of a call that a clock ahead has sent do not hide whose stop it was', async (t) => {
      const store = await (await create(t)).open();
      await see(store, sighting(1, { at: T0 - MINUTE }));
      await send(store, await move(store, await take(store, request(1, { machine: 1 })), act(1)), T0 + 10 * MINUTE);
      await see(store, sighting(1, { at: T0 + 2_000, state: 'stopping' }));
      assert.deepEqual((await intervalsOf(store, 1)).at(-1)?.[3], 'alert');
    });

    test('have intervals that never overlap or end in the future, whatever the clocks do', async (t) => {
      const store = await (await create(t)).open();
      let seed = 7;
      const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
      const oneOf = <T>(some: readonly T[]): T => some[Math.floor(random() * some.length)] ?? assert.fail();
      let now = T0;
      for (let step = 0; step < 150; step += 1) {
        now += oneOf([1, 1, 2, 700, 50_000, 2 * MINUTE]);
        // Some replica's clock is ahead.
        const clock = now + oneOf([0, 0, 0, 3_000, 10 * MINUTE]);
        const state = oneOf(['pending', 'running', 'stopping', 'stopped'] as const);
        const launchedAt = oneOf([T0 - HOUR, now - 1, now - MINUTE]);
        const chance = random();
        if (chance < 0.1) await store.forgetUnseen(PLACE, clock, clock);
        else if (chance < 0.15) await store.forgetOtherPlaces([], clock);
        else if (chance < 0.2) await store.hasten(now + MINUTE, now);
        else await store.recordSeen([sighting(1, { state, launchedAt, at: clock - oneOf([0, 1, 900]) })], clock);
        const intervals = await intervalsOf(store, 1, -T0);
        for (const [index, [, since, until]] of intervals.entries()) {
          const next = intervals[index + 1];
          assert.ok(until === undefined || until > since, `step ${step}: ${JSON.stringify(intervals)}`);
          assert.ok(next === undefined || (until ?? Infinity) <= next[1], `step ${step}: ${JSON.stringify(intervals)}`);
        }
      }
      await store.hasten(now, now);
      for (const [, since, until] of await intervalsOf(store, 1, -T0))
        assert.ok(Math.max(since, until ?? since) <= now - T0);
    });
  });
}

/** Machines as the watch writes them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StateCause } from '../../../src/domain/machine.ts';
import type { Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import { intervalsOf, listMachines, PLACE, see, sighting } from './machine-samples.ts';
import { ADA, call, idOf, instanceId, MINUTE, move, request, T0, take } from './samples.ts';

const HOUR = 60 * MINUTE;
const BEFORE: StateCause = { by: 'before' };
const BILLING = { usage: 'RunInstances:0002', system: 'Windows', tenancy: 'dedicated' } as const;
const RESERVED = { kind: 'capacity_reservation', id: 'cr-1' } as const;

export function describeMachines(create: CreateDatabase): void {
  describe('machines', () => {
    test('come back as they were seen, with the time since which they are so', async (t) => {
      const store = await (await create(t)).open();
      const seen = sighting(1, {
        owner: 'ada',
        lifecycle: 'spot',
        managedBy: 'ecs',
        billing: BILLING,
        committed: RESERVED,
        tags: { b: '2', a: '1"' },
      });
      const { at, ...shown } = seen;
      const machine = { ...shown, since: T0 - HOUR, why: BEFORE, seenAt: at };
      assert.deepEqual(await store.recordSeen([seen], T0), [machine]);
      assert.deepEqual(await store.machine(instanceId(1), T0), { machine });
      assert.deepEqual(await store.machineRows([instanceId(1), instanceId(2)], T0), [{ machine }]);
      assert.equal(await store.machine(instanceId(2), T0), undefined);
      assert.deepEqual(await intervalsOf(store, 1), [['running', -HOUR, undefined, 'before']]);
    });

    test('that are as before are seen again, and nobody is told', async (t) => {
      const store = await (await create(t)).open();
      await see(store, sighting(1), sighting(2));
      const reversed = { ...sighting(1), tags: { team: 'ml', Name: 'gpu-1' } };
      assert.deepEqual(await see(store, { ...reversed, at: T0 + MINUTE }, sighting(2, { at: T0 + MINUTE + 5 })), []);
      assert.equal((await store.machine(instanceId(1), T0))?.machine.seenAt, T0 + MINUTE);
      assert.equal((await store.machine(instanceId(2), T0))?.machine.seenAt, T0 + MINUTE + 5);
      const changes = [{ type: 'g5.2xlarge' }, { owner: 'bea' }, { name: 'gpu-one' }, { tags: {} }] as const;
      for (const [index, change] of changes.entries()) {
        const at = T0 + (index + 2) * MINUTE;
        assert.deepEqual(await see(store, sighting(1, { ...change, at }), sighting(2, { at })), [instanceId(1)]);
      }
      assert.deepEqual(await intervalsOf(store, 1), [['running', -HOUR, undefined, 'before']]);
    });

    test('keep the capacity in which they ran while they are stopped, and lose it when they run outside it', async (t) => {
      const store = await (await create(t)).open();
      const committedAt = async (minute: number, state: 'running' | 'stopped', shown = {}): Promise<unknown> => {
        await see(store, sighting(1, { at: T0 + minute * MINUTE, state, ...shown }));
        return (await store.machine(instanceId(1), T0))?.machine.committed;
      };
      assert.deepEqual(await committedAt(0, 'running', { committed: RESERVED }), RESERVED);
      assert.deepEqual(await committedAt(1, 'stopped'), RESERVED);
      assert.equal(await committedAt(2, 'running'), undefined);
    });

    test('are as the newest sighting shows them, in whatever order it comes', async (t) => {
      const store = await (await create(t)).open();
      const newest = sighting(1, { state: 'stopping', at: T0 + MINUTE, detail: 'Client.UserInitiatedShutdown' });
      await see(store, newest, sighting(1));
      assert.deepEqual(await see(store, sighting(1, { at: T0 + MINUTE - 1 }), sighting(1, { at: T0 + MINUTE })), []);
      const known = [
        ['running', -HOUR, MINUTE, 'before'],
        ['stopping', MINUTE, undefined, 'outside'],
      ];
      assert.deepEqual(await intervalsOf(store, 1), known);
      const { why, seenAt } = (await store.machine(instanceId(1), T0))?.machine ?? assert.fail();
      assert.deepEqual([why, seenAt], [{ by: 'outside', detail: 'Client.UserInitiatedShutdown' }, T0 + MINUTE]);
    });

    test('that we stop have their operation as the cause, until another one starts them', async (t) => {
      const store = await (await create(t)).open();
      await see(store, sighting(1, { at: T0 - MINUTE }), sighting(2, { at: T0 - MINUTE }));
      await call(store, await take(store, request(1, { machine: 1 })), 1);
      await call(store, await take(store, request(2, { machine: 2, person: 'Ada' })), 2);
      const at = T0 + 2_000;
      await see(store, sighting(1, { at, state: 'stopping' }), sighting(2, { at, state: 'stopped' }));
      const alert: StateCause = { by: 'alert', operation: idOf(1), who: 'GpuIdle' };
      assert.deepEqual((await store.machine(instanceId(1), T0))?.machine.why, alert);
      const person: StateCause = { by: 'person', operation: idOf(2), who: 'Ada' };
      assert.deepEqual((await store.machine(instanceId(2), T0))?.machine.why, person);
      await see(store, sighting(1, { at: T0 + MINUTE, state: 'stopped' }));
      assert.deepEqual((await store.machine(instanceId(1), T0))?.machine.why, alert, 'stopping leads to stopped');
      const launchedAt = T0 + HOUR;
      await see(store, sighting(1, { at: launchedAt + 9, launchedAt, state: 'pending' }));
      assert.deepEqual(await intervalsOf(store, 1), [
        ['running', -HOUR, 0, 'before'],
        ['stopping', 0, MINUTE, 'alert'],
        ['stopped', MINUTE, HOUR, 'alert'],
        ['pending', HOUR, undefined, 'outside'],
      ]);
      assert.deepEqual(
        (await intervalsOf(store, 1, launchedAt)).map(([state]) => state),
        ['pending'],
        'what ended before is left out',
      );
    });

    test('whose first sightings come together have their operation as the cause, too', async (t) => {
      const store = await (await create(t)).open();
      await call(store, await take(store, request(1, { machine: 1 })), 1);
      const at = T0 + 2_000;
      await see(store, sighting(1, { at: T0 - MINUTE }), sighting(1, { at, state: 'stopping' }));
      assert.deepEqual(await intervalsOf(store, 1), [
        ['running', -HOUR, 0, 'before'],
        ['stopping', 0, undefined, 'alert'],
      ]);
    });

    test('that were stopped and launched again between two looks have the interval between', async (t) => {
      const store = await (await create(t)).open();
      await see(store, sighting(1, { at: T0 - MINUTE }));
      const sent = await call(store, await take(store, request(1, { machine: 1 })), 1);
      await move(store, sent, { type: 'succeed', reason: 'state_reached', message: 'it is stopped', at: T0 });
      await see(store, sighting(1, { at: T0 + 2 * MINUTE, launchedAt: T0 + MINUTE }));
      assert.deepEqual(await intervalsOf(store, 1), [
        ['running', -HOUR, 0, 'before'],
        ['stopped', 0, MINUTE, 'alert'],
        ['running', MINUTE, undefined, 'outside'],
      ]);
    });

    test('seen by many replicas at once have one interval that lasts, and their newest state', async (t) => {
      const replicas = await (await create(t)).replicas(3);
      const [first = assert.fail()] = replicas;
      const machines = Array.from({ length: 40 }, (_, index) => index);
      for (const [round, state] of (['running', 'stopping', 'stopped'] as const).entries()) {
        const told = await Promise.all(
          replicas.map(async (store, replica) => {
            const seen = machines.map((machine) => sighting(machine, { state, at: T0 + round * HOUR + replica }));
            return see(store, ...(replica === 1 ? seen.toReversed() : seen));
          }),
        );
        assert.deepEqual(told.flat().toSorted(), machines.map(instanceId), 'a change is told once');
      }
      for (const machine of machines) {
        const intervals = await intervalsOf(first, machine);
        assert.deepEqual(
          intervals.map(([state, , until]) => [state, until === undefined]),
          [
            ['running', false],
            ['stopping', false],
            ['stopped', true],
          ],
        );
        assert.equal((await first.machine(instanceId(machine), T0))?.machine.seenAt, T0 + 2 * HOUR + 2);
      }
    });

    test('that a whole look does not show leave the list, and come back when they are seen', async (t) => {
      const store = await (await create(t)).open();
      const other = { ...PLACE, region: 'eu-west-1' };
      await see(store, sighting(1), sighting(2, { at: T0 + MINUTE }), sighting(3, { place: other }));
      assert.deepEqual(await store.forgetUnseen(PLACE, T0 + MINUTE, T0 + MINUTE), [instanceId(1)]);
      assert.deepEqual(await store.forgetUnseen(PLACE, T0 + MINUTE, T0 + MINUTE), []);
      assert.deepEqual(await listMachines(store), { ids: [2, 3], total: 2, known: 2 });
      assert.deepEqual(await store.machineRows([instanceId(1)], T0), []);
      assert.equal((await store.machine(instanceId(1), T0))?.machine.forgottenAt, T0 + MINUTE);
      assert.deepEqual(await intervalsOf(store, 1), [['running', -HOUR, 0, 'before']]);
      assert.deepEqual(await see(store, sighting(1, { at: T0 + MINUTE })), [], 'no sighting after the look');
      assert.deepEqual(await see(store, sighting(1, { at: T0 + HOUR })), [instanceId(1)]);
      assert.deepEqual(await intervalsOf(store, 1), [
        ['running', -HOUR, 0, 'before'],
        ['running', 0, undefined, 'before'],
      ]);
      // It is forgotten before it is seen again in its new state.
      await see(store, sighting(2, { state: 'stopped', at: T0 + HOUR }));
      assert.deepEqual(await store.forgetOtherPlaces([other], T0 + 2 * HOUR), [instanceId(1), instanceId(2)]);
      assert.deepEqual(await listMachines(store), { ids: [3], total: 1, known: 1 });
    });

    test('can be listed by their ids, as far as the rest of the question goes', async (t) => {
      const store = await (await create(t)).open();
      await see(store, sighting(1), sighting(2), sighting(3, { state: 'stopped' }));
      const ids = [1, 3, 4].map(instanceId);
      const asked = {
        ids,
        states: ['running'] as const,
        sort: 'name',
        descending: false,
        limit: 10,
        offset: 0,
      } as const;
      const listed = async (query: Partial<typeof asked>) =>
        (await store.machines({ ...asked, ...query }, T0)).rows.map(({ machine }) => machine.id);
      assert.deepEqual(await listed({}), [instanceId(1)]);
      assert.deepEqual(await listed({ ids: [] }), []);
    });

    test('that operations lately named are known by place', async (t) => {
      const store = await (await create(t)).open();
      for (const number of [1, 2, 3])
        await move(store, await take(store, request(number, { machine: number })), {
          type: 'refuse',
          reason: 'opt_out',
          message: 'left alone',
          at: T0,
          instance: { id: instanceId(number), place: PLACE },
        });
      await take(store, request(4, { machine: 4 }));
      const named = await store.namedMachines(0, T0);
      assert.deepEqual(
        named,
        [1, 2, 3].map((number) => ({ id: instanceId(number), place: PLACE })),
      );
      assert.deepEqual(await store.namedMachines(T0 + HOUR, T0), []);
    });

    test('that are held, leased, or have an open operation are known by place, however old that is', async (t) => {
      const store = await (await create(t)).open();
      await call(store, await take(store, request(1, { machine: 1 })), 1);
      const about = { place: PLACE, by: ADA, lookedAt: T0 };
      const limits = { longestMs: 99 * HOUR };
      for (const [machine, until] of [[2, 20] as const, [3, 40] as const])
        await store.hold(
          { ...about, instance: instanceId(machine), holder: 'Ada', until: T0 + until * HOUR, limits },
          T0,
        );
      await store.hold(
        { by: ADA, instance: instanceId(4), holder: 'Ada', until: T0 + 40 * HOUR, limits, lookedAt: T0 },
        T0,
      );
      await store.lease({ ...about, instance: instanceId(5), until: T0 + 40 * HOUR }, T0);
      const named = async (after: number) =>
        (await store.namedMachines(T0 + 20 * HOUR, T0 + after * HOUR)).map(({ id }) => Number(id.slice(2)));
      assert.deepEqual(await named(19), [1, 2, 3, 5], 'the place of the fourth is not known');
      assert.deepEqual(await named(20), [1, 3, 5]);
      await store.endLease(instanceId(5), ADA, T0 + 21 * HOUR);
      assert.deepEqual(await named(41), [1]);
    });

    test('are watched by one replica at a time; a dead one loses the watch when its claim ends', async (t) => {
      const [store = assert.fail(), other = assert.fail()] = await (await create(t)).replicas(2);
      const claims = await Promise.all([
        store.claimWatch('a', T0, T0 + MINUTE),
        other.claimWatch('b', T0, T0 + MINUTE),
      ]);
      assert.notEqual(claims[0], claims[1]);
      const [winner, loser] = claims[0] ? ['a', 'b'] : ['b', 'a'];
      assert.equal(await other.claimWatch(winner, T0 + 1, T0 + 2 * MINUTE), true);
      assert.equal(await store.claimWatch(loser, T0 + 2 * MINUTE - 1, T0 + 9 * MINUTE), false);
      assert.equal(await store.claimWatch(loser, T0 + 2 * MINUTE, T0 + 9 * MINUTE), true);
      assert.equal(await store.claimWatch(loser, T0 + 3 * MINUTE, T0 + 3 * MINUTE), true, 'gives it up');
      assert.equal(await store.claimWatch(winner, T0 + 3 * MINUTE, T0 + 9 * MINUTE), true);
    });

    test('and their intervals are kept for the retention after their end', async (t) => {
      const store: Store = await (await create(t)).open();
      await see(store, sighting(1), sighting(2), sighting(1, { state: 'stopped', at: T0 + HOUR }));
      await store.forgetUnseen(PLACE, T0 + MINUTE, T0 + HOUR);
      await store.endSession('ended', T0 + MINUTE);
      assert.deepEqual(await store.endedSessions(T0), new Set(['ended']));
      assert.deepEqual(await store.endedSessions(T0 + MINUTE), new Set());
      assert.equal(await store.prune(T0, 100), 0);
      assert.equal(await store.prune(T0 + HOUR + 1, 100), 4);
      assert.deepEqual(await intervalsOf(store, 1), [['stopped', HOUR, undefined, 'outside']]);
      assert.deepEqual(await intervalsOf(store, 2), []);
      assert.equal(await store.machine(instanceId(2), T0), undefined);
    });
  });
}

/** Stops of ours, as they are recorded with the intervals of their machines. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StopCost, StopRecord } from '../../../src/domain/stop-record.ts';
import type { ChangeCursor } from '../../../src/store/history-port.ts';
import type { Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import { PLACE, see, sighting } from './machine-samples.ts';
import { act, call, ENDINGS, enqueue, idOf, instanceId, MINUTE, move, request, T0, take } from './samples.ts';

const HOUR = 60 * MINUTE;
const EVER = { since: 0, until: T0 + 1000 * HOUR };

const STOP: StopRecord = {
  operation: idOf(1),
  instance: instanceId(1),
  place: PLACE,
  name: 'gpu-1',
  owner: 'ada',
  type: 'g5.xlarge',
  by: 'alert',
  rule: 'GpuIdle',
  stoppedAt: T0,
};

/** Machine 1 runs, an alert's stop was sent to it, and it goes down. */
async function stopOne(store: Store, machine = 1): Promise<void> {
  await see(store, sighting(machine, { at: T0 - MINUTE, owner: 'ada' }));
  const sent = await call(store, await take(store, request(machine, { machine })), machine);
  await move(store, sent, ENDINGS.succeeded);
  await see(store, sighting(machine, { at: T0 + 2_000, state: 'stopping', owner: 'ada' }));
}

export function describeStops(create: CreateDatabase): void {
  describe('stops', () => {
    test('of ours are recorded as the machine goes down, and end as it comes back', async (t) => {
      const store = await (await create(t)).open();
      await stopOne(store);
      assert.deepEqual(await store.stops(EVER), [STOP]);
      await see(store, sighting(1, { at: T0 + MINUTE, state: 'stopped', owner: 'ada' }));
      assert.deepEqual(await store.stops(EVER), [STOP], 'it lasts');
      const launchedAt = T0 + HOUR;
      await see(store, sighting(1, { at: launchedAt + 9, launchedAt, state: 'pending' }));
      await see(store, sighting(1, { at: launchedAt + MINUTE, launchedAt }));
      const back = { at: launchedAt, by: 'outside' } as const;
      assert.deepEqual(await store.stops(EVER), [{ ...STOP, back, readyAt: launchedAt + MINUTE }]);
    });

    test('say who has started the machine again', async (t) => {
      const store = await (await create(t)).open();
      await stopOne(store);
      await call(store, await take(store, request(2, { machine: 1, verb: 'start', person: 'Bea' })), 1);
      await see(store, sighting(1, { at: T0 + MINUTE, launchedAt: T0 + 9_000, state: 'pending' }));
      assert.equal((await store.stops(EVER))[0]?.back, undefined, 'EC2 may take the start back');
      await see(store, sighting(1, { at: T0 + 2 * MINUTE, launchedAt: T0 + 9_000 }));
      const [stop] = await store.stops(EVER);
      assert.deepEqual(stop?.back, { at: T0 + 9_000, by: 'person', who: 'Bea' });
    });

    test('say when the machine was wanted first, and when it ran again', async (t) => {
      const store = await (await create(t)).open();
      await stopOne(store);
      const wish = request(2, { machine: 1, verb: 'start', person: 'Bea' });
      const acting = await move(store, await take(store, wish, T0 + 5 * MINUTE), act(1));
      assert.ok(acting.state === 'acting');
      const no = { type: 'fail', reason: 'deadline', message: 'no capacity', at: T0 + 6 * MINUTE } as const;
      await move(store, acting, no);
      const [wanted] = await store.stops(EVER);
      assert.deepEqual([wanted?.wantedAt, wanted?.back], [T0 + 5 * MINUTE, undefined]);
      await call(store, await take(store, request(3, { machine: 1, verb: 'start', person: 'Cid' }), T0 + HOUR), 1);
      const launchedAt = T0 + HOUR + MINUTE;
      await see(store, sighting(1, { at: launchedAt, launchedAt, state: 'pending' }));
      await see(store, sighting(1, { at: launchedAt + 30_000, launchedAt }));
      const [back] = await store.stops(EVER);
      assert.equal(back?.wantedAt, T0 + 5 * MINUTE);
      assert.deepEqual([back.back?.at, back.readyAt], [launchedAt, launchedAt + 30_000]);
    });

    test('say when a person joined the start of an alert', async (t) => {
      const store = await (await create(t)).open();
      await stopOne(store);
      const byAlert = request(2, { machine: 1, verb: 'start' });
      await move(store, await take(store, byAlert, T0 + 5 * MINUTE), act(1));
      assert.equal((await store.stops(EVER))[0]?.wantedAt, undefined, 'no wish of an alert');
      const [joined] = await enqueue(
        store,
        [request(3, { machine: 1, verb: 'start', person: 'Bea' })],
        T0 + 7 * MINUTE,
      );
      assert.equal(joined?.outcome, 'joined');
      assert.equal((await store.stops(EVER))[0]?.wantedAt, T0 + 7 * MINUTE);
    });

    test('keep the first use after the machine was back, whoever writes it later', async (t) => {
      const store = await (await create(t)).open();
      await stopOne(store);
      const used = async (at: number): Promise<number | undefined> => {
        await store.recordUse(idOf(1), at, T0 + 2 * HOUR);
        return (await store.stops(EVER))[0]?.usedAt;
      };
      assert.equal(await used(T0 + MINUTE), undefined, 'it is not back');
      await see(store, sighting(1, { at: T0 + HOUR + 9, launchedAt: T0 + HOUR }));
      assert.equal(await used(T0 + HOUR - 1), undefined, 'before it was back');
      assert.equal(await used(T0 + HOUR + 2 * MINUTE), T0 + HOUR + 2 * MINUTE);
      assert.equal(await used(T0 + HOUR + 3 * MINUTE), T0 + HOUR + 2 * MINUTE);
      assert.equal(await used(T0 + HOUR + MINUTE), T0 + HOUR + MINUTE);
    });

    test('are not wanted later than the machine was back, also by a door whose clock runs ahead', async (t) => {
      const store = await (await create(t)).open();
      await stopOne(store);
      const wish = request(2, { machine: 1, verb: 'start', person: 'Bea' });
      await call(store, await take(store, wish, T0 + 9 * HOUR), 1);
      await see(store, sighting(1, { at: T0 + MINUTE, launchedAt: T0 + 9_000 }));
      const [stop] = await store.stops(EVER);
      assert.deepEqual([stop?.back?.at, stop?.wantedAt], [T0 + 9_000, T0 + 9_000]);
    });

    test('are not wanted back by a dry run, nor by an alert', async (t) => {
      const store = await (await create(t)).open();
      await stopOne(store);
      for (const more of [{ person: 'Bea', dryRun: true }, {}])
        await move(
          store,
          await take(store, request(2 + Object.keys(more).length, { machine: 1, verb: 'start', ...more }), T0 + MINUTE),
          act(1),
        );
      assert.equal((await store.stops(EVER))[0]?.wantedAt, undefined);
    });

    test('are known with what the machine cost then', async (t) => {
      const store = await (await create(t)).open();
      await see(store, sighting(1, { at: T0 - MINUTE, owner: 'ada' }));
      await call(store, await take(store, request(1, { machine: 1 })), 1);
      const cost: StopCost = {
        price: { perHour: 1.006, currency: 'USD', basis: 'list', listed: { region: 'us-east-1', date: '2026-11-01' } },
        billsOn: 0.0137,
        committed: { kind: 'capacity_block', id: 'cr-1' },
      };
      const seen = sighting(1, { at: T0 + 2_000, state: 'stopped', owner: 'ada' });
      await store.recordSeen([seen], seen.at, ({ type }) => (type === 'g5.xlarge' ? cost : {}));
      assert.deepEqual(await store.stops(EVER), [{ ...STOP, ...cost }]);
    });

    test('of others are not recorded', async (t) => {
      const store = await (await create(t)).open();
      await see(store, sighting(1, { at: T0 - MINUTE }), sighting(2, { at: T0, state: 'stopped' }));
      await see(store, sighting(1, { at: T0 + 2_000, state: 'stopping' }));
      assert.deepEqual(await store.stops(EVER), []);
    });

    test('end when the machine is terminated, or not watched any more', async (t) => {
      const store = await (await create(t)).open();
      await stopOne(store, 1);
      await stopOne(store, 2);
      await see(
        store,
        sighting(1, { at: T0 + MINUTE, state: 'terminated' }),
        sighting(2, { at: T0 + MINUTE, state: 'stopped' }),
      );
      await store.forgetUnseen(PLACE, T0 + HOUR, T0 + HOUR);
      const ends = (await store.stops(EVER)).map(({ instance, lostAt, back }) => [instance, lostAt, back]);
      assert.deepEqual(ends, [
        [instanceId(1), T0 + MINUTE, undefined],
        [instanceId(2), T0 + MINUTE + 1, undefined],
      ]);
    });

    test('are listed as they lasted at a time, oldest first', async (t) => {
      const store = await (await create(t)).open();
      await stopOne(store, 1);
      await see(store, sighting(1, { at: T0 + HOUR + 9, launchedAt: T0 + HOUR }));
      await see(store, sighting(2, { at: T0 + MINUTE }));
      const later = await take(store, request(2, { machine: 2 }));
      await call(store, later, 2);
      await see(store, sighting(2, { at: T0 + MINUTE + 1_000, state: 'stopped' }));
      const listed = async (since: number, until: number, instances?: readonly string[]): Promise<readonly string[]> =>
        (await store.stops({ since, until, instances })).map(({ operation }) => operation);
      assert.deepEqual(await listed(0, T0 + 2 * HOUR), [idOf(1), idOf(2)]);
      assert.deepEqual(await listed(T0 + HOUR, T0 + 2 * HOUR), [idOf(2)], 'ended at that time');
      assert.deepEqual(await listed(0, T0), [], 'began later');
      assert.deepEqual(await listed(0, T0 + 2 * HOUR, [instanceId(2)]), [idOf(2)]);
      assert.deepEqual(await listed(0, T0 + 2 * HOUR, []), []);
    });

    test('are not later than now, also where a replica with its clock ahead has seen them', async (t) => {
      const store = await (await create(t)).open();
      await stopOne(store);
      await see(store, sighting(1, { at: T0 + 9 * HOUR, launchedAt: T0 + 9 * HOUR - 1 }));
      const [ahead] = await store.stops(EVER);
      assert.equal(ahead?.back?.at, T0 + 9 * HOUR - 1);
      await store.recordSeen([sighting(1, { at: T0 + HOUR, state: 'stopped' })], T0 + HOUR);
      const [cut] = await store.stops(EVER);
      assert.equal(cut?.back?.at, T0 + HOUR - 1);
    });

    test('are read page by page in the order of their changes', async (t) => {
      const store = await (await create(t)).open();
      for (const machine of [1, 2, 3]) await stopOne(store, machine);
      await see(store, sighting(1, { at: T0 + HOUR + 9, launchedAt: T0 + HOUR }));
      await see(store, sighting(2, { at: T0 + 2 * HOUR, launchedAt: T0 + 9 }));
      const page = async (limit: number, after?: ChangeCursor): Promise<unknown> => {
        const { stops, last, hasMore } = await store.changedStops({ limit, after });
        return [stops.map(({ instance, changedAt }) => [instance, changedAt]), last, hasMore];
      };
      const begun = { changedAt: T0 + 2_000, operation: idOf(3) };
      const firstBack = { changedAt: T0 + HOUR + 9, operation: idOf(1) };
      const lastBack = { changedAt: T0 + 2 * HOUR, operation: idOf(2) };
      assert.deepEqual(await page(1), [[[instanceId(3), T0 + 2_000]], begun, true], 'it lasts');
      assert.deepEqual(await page(1, begun), [[[instanceId(1), T0 + HOUR + 9]], firstBack, true]);
      assert.deepEqual(await page(9, firstBack), [[[instanceId(2), T0 + 2 * HOUR]], lastBack, false]);
      assert.deepEqual(await page(9, lastBack), [[], undefined, false]);
    });

    test('are kept for the retention of history, as the states of machines are', async (t) => {
      const store = await (await create(t)).open();
      for (const machine of [1, 2]) await stopOne(store, machine);
      await see(store, sighting(1, { at: T0 + HOUR + 9, launchedAt: T0 + HOUR }));
      const kept = async (): Promise<number> => (await store.stops(EVER)).length;
      await store.prune(T0 + 9 * HOUR, 100, T0 + HOUR);
      assert.equal(await kept(), 2);
      assert.equal((await store.intervals([instanceId(1)], 0)).get(instanceId(1))?.length, 2);
      await store.prune(T0 + 9 * HOUR, 100, T0 + HOUR + 1);
      assert.deepEqual(
        (await store.stops(EVER)).map(({ instance }) => instance),
        [instanceId(2)],
        'it lasts',
      );
      assert.equal((await store.intervals([instanceId(1)], 0)).get(instanceId(1))?.length, 1);
    });

    test('that many replicas see at once are recorded once', async (t) => {
      const replicas = await (await create(t)).replicas(3);
      const [first = assert.fail()] = replicas;
      await see(first, sighting(1, { at: T0 - MINUTE, owner: 'ada' }));
      await call(first, await take(first, request(1, { machine: 1 })), 1);
      const look = async (more: Parameters<typeof sighting>[1]): Promise<unknown> =>
        Promise.all(
          replicas.map(async (store, replica) =>
            see(store, sighting(1, { ...more, owner: 'ada', at: (more?.at ?? T0) + replica })),
          ),
        );
      await look({ at: T0 + 2_000, state: 'stopping' });
      await look({ at: T0 + HOUR, launchedAt: T0 + HOUR - 5 });
      assert.deepEqual(await first.stops(EVER), [{ ...STOP, back: { at: T0 + HOUR - 5, by: 'outside' } }]);
    });
  });
}

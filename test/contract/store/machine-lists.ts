/** Machines as pages read them: lists, and rows with what is known of each. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { INSTANCE_STATES } from '../../../src/domain/instance.ts';
import { MACHINE_SORTS, type MachinesQuery } from '../../../src/store/machine-port.ts';
import type { Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import { listMachines, PLACE, see, sighting } from './machine-samples.ts';
import { act, ADA, call, enqueue, idOf, instanceId, MINUTE, move, request, T0, take, wait } from './samples.ts';

const HOUR = 60 * MINUTE;

const NAME = { kind: 'name', name: 'gpu-1', text: 'gpu-1' } as const;

async function idsOf(store: Store, more: Parameters<typeof listMachines>[1], now = T0): Promise<readonly number[]> {
  return (await listMachines(store, more, now)).ids;
}

async function rowOf(store: Store, machine: number, now = T0) {
  return (await store.machine(instanceId(machine), now)) ?? assert.fail(`there is no machine ${machine}`);
}

async function holdIt(store: Store, machine: number, holder: string, until: number): Promise<void> {
  const limits = { longestMs: 24 * HOUR };
  await store.hold({ instance: instanceId(machine), holder, by: ADA, until, limits, lookedAt: T0 }, T0);
}

async function lease(store: Store, machine: number, until: number, now = T0): Promise<void> {
  await store.lease({ instance: instanceId(machine), place: PLACE, by: ADA, until, lookedAt: now }, now);
}

/** A stop that people were warned of. */
async function warn(store: Store, machine: number, stopsAt: number): Promise<void> {
  const { instance } = act(machine);
  await move(
    store,
    await take(store, request(machine, { machine })),
    {
      type: 'wait',
      reason: 'warned',
      message: 'people are warned',
      until: stopsAt,
      warned: { at: T0, stopsAt },
      ...(instance === undefined ? {} : { instance }),
    },
    stopsAt - MINUTE,
  );
}

export function describeMachineLists(create: CreateDatabase): void {
  describe('a list of machines', () => {
    test('has those of some owners, states and tags, and counts them', async (t) => {
      const store = await (await create(t)).open();
      await see(
        store,
        sighting(1, { owner: 'Zoë', tags: { team: 'ml', stage: 'dev' } }),
        sighting(2, { owner: 'ada', state: 'stopped', tags: { team: 'ml' } }),
        sighting(3, { state: 'stopping', tags: { team: 'ML' } }),
      );
      assert.deepEqual(await listMachines(store, { owners: ['ADA', 'zoë'] }), { ids: [1, 2], total: 2, known: 3 });
      assert.deepEqual(await idsOf(store, { owners: ['Ada', ''] }), [2, 3]);
      assert.deepEqual(await listMachines(store, { owners: [] }), { ids: [], total: 0, known: 3 });
      assert.deepEqual(await idsOf(store, { states: ['running', 'stopping'] }), [1, 3]);
      assert.deepEqual(await idsOf(store, { states: [] }), []);
      assert.deepEqual(await idsOf(store, { only: { team: 'ml' } }), [1, 2]);
      assert.deepEqual(await idsOf(store, { only: { team: 'ml', stage: 'dev' }, states: ['running'] }), [1]);
      assert.deepEqual(await idsOf(store, { only: { team: 'm' } }), []);
      assert.deepEqual(await idsOf(store, { only: {} }), [1, 2, 3]);
    });

    test('takes tags and texts as they are, whatever is in them', async (t) => {
      const store = await (await create(t)).open();
      const hostile: Readonly<Record<string, string>> = {
        'x,"team': 'ml',
        'x[': 'y[',
        '["team","ml"]': '["team","ml"]',
        ['__proto__']: 'x',
        '{"team': '"}',
        '"team":"ml"': ',"team":"ml"',
        "'; drop table machine --": '100% _under\\back "quote" \'single\'',
        'ümläut ß': 'İ',
      };
      await see(store, sighting(1, { tags: hostile, name: 'a%b' }), sighting(2, { tags: {}, name: 'a_b' }));
      assert.deepEqual(await idsOf(store, { only: { team: 'ml' } }), [], 'no part of another tag is a tag');
      for (const [key, value] of Object.entries(hostile)) {
        assert.deepEqual(await idsOf(store, { only: { [key]: value } }), [1], key);
        assert.deepEqual(await idsOf(store, { text: `${key}=${value}`.toUpperCase() }), [1], key);
      }
      assert.deepEqual(await idsOf(store, { text: '%' }), [1]);
      assert.deepEqual(await idsOf(store, { text: 'a_b' }), [2]);
      assert.deepEqual(await idsOf(store, { text: '\\' }), [1]);
      for (const text of ['\0', '\uD800', '%%%'.repeat(2_000), "' or 1=1 --"])
        assert.deepEqual(await idsOf(store, { text, owners: [text], only: { [text]: text } }), []);
      assert.equal((await idsOf(store, {})).length, 2);
    });

    test('finds a part of the id, the name, the owner, the type and the tags, in any case', async (t) => {
      const store = await (await create(t)).open();
      await see(
        store,
        sighting(7, { owner: 'ÄNNE', type: 'p4d.24xlarge', tags: { Project: 'Vision' }, name: 'Trainer' }),
        sighting(8),
      );
      for (const text of ['00007', 'TRAIN', 'änne', 'P4D', 'project=vis', 'ision'])
        assert.deepEqual(await idsOf(store, { text }), [7], text);
      assert.deepEqual(await idsOf(store, { text: '' }), [8, 7]);
      assert.deepEqual(await listMachines(store, { text: 'nothing' }), { ids: [], total: 0, known: 2 });
    });

    test('has the list prices that its machines need, each combination once, and what was told of them', async (t) => {
      const store = await (await create(t)).open();
      const billing = { usage: 'RunInstances:0002', system: 'Windows', tenancy: 'default' };
      await see(store, sighting(1), sighting(2), sighting(3, { billing, lifecycle: 'spot' }));
      const linux = { type: 'g5.xlarge', availabilityZone: 'us-east-1a' };
      const priced = (await store.pricedMachines()).toSorted((one) => (one.billing === undefined ? -1 : 1));
      assert.deepEqual(priced, [linux, { ...linux, billing, lifecycle: 'spot' }]);
      await store.keepListPrice('a', { perHour: 1.006, at: T0 });
      await store.keepListPrice('a', { perHour: 9, at: T0 - 1 });
      await store.keepListPrice('b', { perHour: 2, at: T0 });
      await store.keepListPrice('b', { at: T0 + 1 });
      const told = { a: { perHour: 1.006, at: T0 }, b: { at: T0 + 1 } };
      assert.deepEqual(Object.fromEntries(await store.listPrices()), told);
      await store.keepListPrice('c', { at: T0 + 366 * 86_400_000 });
      assert.deepEqual([...(await store.listPrices()).keys()], ['c'], 'old ones are forgotten');
    });

    test('is counted with all that it would show, and those that run by what decides their price', async (t) => {
      const store = await (await create(t)).open();
      const [a10g, spot] = [{ type: 'g5.xlarge' }, { type: 'g5.xlarge', lifecycle: 'spot' }] as const;
      const lookOf = (one: object): string => JSON.stringify(one);
      const availabilityZone = 'us-east-1a';
      const billing = { usage: 'RunInstances:0002', system: 'Windows', tenancy: 'default' };
      await see(
        store,
        sighting(1, { ...a10g, owner: 'ada' }),
        sighting(2, { ...a10g, state: 'pending' }),
        sighting(3, { ...spot, owner: 'ada' }),
        sighting(5, { ...a10g, billing }),
        sighting(4, { type: 'p4d.24xlarge', state: 'stopped', owner: 'ada' }),
      );
      const counted = async (more: Partial<MachinesQuery>) => {
        const { running, ...sums } = await store.countMachines({
          sort: 'name',
          descending: false,
          limit: 1,
          offset: 0,
          ...more,
        });
        return {
          ...sums,
          running: running.toSorted(
            (one, other) => other.count - one.count || lookOf(one).length - lookOf(other).length,
          ),
        };
      };
      assert.deepEqual(await counted({}), {
        total: 5,
        known: 5,
        running: [
          { type: 'g5.xlarge', availabilityZone, count: 2 },
          { ...spot, availabilityZone, count: 1 },
          { ...a10g, availabilityZone, billing, count: 1 },
        ],
      });
      assert.deepEqual(await counted({ owners: ['ada'], states: ['stopped'] }), { total: 1, known: 5, running: [] });
    });

    test('is sorted as people sort, and machines that have no such thing come last', async (t) => {
      const store = await (await create(t)).open();
      const states = [...INSTANCE_STATES];
      await see(store, ...states.map((state, index) => sighting(index, { state, name: `s-${index}` })));
      assert.deepEqual(await idsOf(store, { sort: 'state' }), [0, 1, 2, 3, 4, 5, 6]);
      assert.deepEqual(await idsOf(store, { sort: 'state', descending: true }), [6, 5, 4, 3, 2, 1, 0]);
      await store.forgetOtherPlaces([], T0);
      await see(
        store,
        sighting(21, { name: 'gpu-10', owner: 'zoe', type: 'a', at: T0 + 1, launchedAt: T0 - 3 }),
        sighting(22, { name: 'GPU-9', owner: 'Ada', type: 'c', at: T0 + 1, launchedAt: T0 - 2 }),
        sighting(23, { name: 'alpha', type: 'b', at: T0 + 1, launchedAt: T0 - 1 }),
      );
      const orders = {
        name: [23, 22, 21],
        state: [23, 22, 21],
        owner: [22, 21, 23],
        type: [21, 23, 22],
        since: [21, 22, 23],
        stops: [23, 22, 21],
      };
      for (const sort of MACHINE_SORTS) assert.deepEqual(await idsOf(store, { sort }), orders[sort], sort);
      assert.deepEqual(await idsOf(store, { sort: 'name', descending: true }), [21, 22, 23]);
      assert.deepEqual(await idsOf(store, { sort: 'owner', descending: true }), [21, 22, 23]);
      assert.deepEqual(await idsOf(store, { sort: 'type', descending: true }), [22, 23, 21]);
      assert.deepEqual(await idsOf(store, { offset: 1, limit: 1 }), [22]);
      assert.deepEqual(await listMachines(store, { offset: 3 }), { ids: [], total: 3, known: 3 });
    });

    test('is sorted by what people were told of stops', async (t) => {
      const store = await (await create(t)).open();
      await see(
        store,
        ...[1, 2, 3, 4, 5, 6, 7].map((machine) => sighting(machine)),
        sighting(8, { state: 'stopped' }),
        sighting(9),
      );
      await warn(store, 1, T0 + 3 * HOUR);
      await lease(store, 2, T0 + 2 * HOUR);
      await lease(store, 3, T0 + HOUR);
      await holdIt(store, 3, 'ada', T0 + 4 * HOUR);
      await holdIt(store, 4, 'ada', T0 + HOUR);
      // Its lease is of an earlier launch.
      await lease(store, 5, T0 + HOUR, T0 - 2 * HOUR);
      // It waits for something else.
      await move(store, await take(store, request(6, { machine: 6 })), wait(6, T0 + HOUR), T0 + HOUR);
      await lease(store, 8, T0 + HOUR);
      // Its stop is under way.
      await lease(store, 9, T0 + HOUR);
      await call(store, await take(store, request(9, { machine: 9 })), 9);
      assert.deepEqual(await idsOf(store, { sort: 'stops' }), [2, 1, 3, 4, 5, 6, 7, 8, 9]);
      assert.deepEqual(await idsOf(store, { sort: 'stops', descending: true }), [3, 1, 2, 4, 5, 6, 7, 8, 9]);
      const pages = [0, 2, 4, 6, 8].map(async (offset) => idsOf(store, { sort: 'stops', limit: 2, offset }));
      assert.deepEqual(await Promise.all(pages), [[2, 1], [3, 4], [5, 6], [7, 8], [9]]);
      assert.deepEqual(await idsOf(store, { sort: 'stops', ids: [1, 3, 4].map(instanceId) }), [1, 3, 4]);
      assert.deepEqual(
        (await idsOf(store, { sort: 'stops' }, T0 + 5 * HOUR)).slice(0, 3),
        [3, 2, 1],
        'the hold has ended',
      );
      const putOff = new Map([
        [instanceId(2), T0 + 6 * HOUR],
        [instanceId(3), undefined],
      ]);
      assert.deepEqual(await idsOf(store, { sort: 'stops', putOff }), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
      assert.deepEqual(await idsOf(store, { sort: 'stops', putOff, descending: true }), [2, 1, 3, 4, 5, 6, 7, 8, 9]);
    });
  });

  describe('the row of a machine', () => {
    test('has the hold that ends last, and its lease until that is over', async (t) => {
      const store = await (await create(t)).open();
      await see(store, sighting(1), sighting(2));
      await holdIt(store, 1, 'ada', T0 + HOUR);
      await holdIt(store, 1, 'bea', T0 + 2 * HOUR);
      await holdIt(store, 1, 'cleo', T0 + MINUTE);
      await lease(store, 1, T0 + 3 * HOUR);
      const { hold, alsoHeldBy, lease: leased } = await rowOf(store, 1);
      assert.deepEqual([hold?.holder, leased?.until], ['bea', T0 + 3 * HOUR]);
      assert.deepEqual(alsoHeldBy, ['ada', 'cleo'], 'each holder may release her own');
      assert.equal((await rowOf(store, 1, T0 + 3 * HOUR)).hold, undefined);
      const rows = await store.machineRows([instanceId(2), instanceId(1)], T0);
      assert.equal(rows.find(({ machine: { id } }) => id === instanceId(1))?.hold?.holder, 'bea');
      await see(store, sighting(1, { state: 'stopped', at: T0 + MINUTE }));
      assert.equal((await rowOf(store, 1)).lease, undefined, 'the machine has stopped since');
    });

    test('has its open operation, a stop that waits first, and its newest one', async (t) => {
      const store = await (await create(t)).open();
      await see(store, ...[1, 2, 3, 4].map((machine) => sighting(machine)));
      // Asked for by its id, and not looked at yet.
      await enqueue(store, [request(10, { machine: 1 })], T0);
      const first = await rowOf(store, 1);
      assert.deepEqual([first.open?.id, first.last?.id], [idOf(10), idOf(10)]);
      assert.equal(first.open, first.last, 'it is read and parsed once');
      await move(store, await take(store, request(11, { machine: 2 })), wait(2, T0 + HOUR), T0 + HOUR);
      await enqueue(store, [request(12, { machine: 2, verb: 'start' })], T0);
      const second = await rowOf(store, 2);
      assert.deepEqual([second.open?.id, second.last?.id], [idOf(11), idOf(12)], 'the stop waits');
      await enqueue(store, [request(13, { machine: 3, dryRun: true })], T0);
      const third = await rowOf(store, 3);
      assert.deepEqual([third.open, third.last?.id], [undefined, idOf(13)], 'a dry run changes nothing');
      assert.deepEqual(await rowOf(store, 4), { machine: (await rowOf(store, 4)).machine });
    });

    test('has the operation that was sent, before a stop that waits', async (t) => {
      const store = await (await create(t)).open();
      await see(store, sighting(1));
      await call(store, await take(store, request(1, { machine: 1 })), 1);
      await move(store, await take(store, request(2, { target: NAME })), wait(1, T0 + HOUR), T0 + HOUR);
      assert.equal((await rowOf(store, 1)).open?.id, idOf(1));
    });

    test('has the last operation when all have ended', async (t) => {
      const store = await (await create(t)).open();
      await see(store, sighting(1));
      const sent = await call(store, await take(store, request(1, { machine: 1 })), 1);
      await move(store, sent, { type: 'succeed', reason: 'state_reached', message: 'it is stopped', at: T0 });
      const { open, last } = await rowOf(store, 1);
      assert.deepEqual([open, last?.id, last?.state], [undefined, idOf(1), 'succeeded']);
    });
  });
}

/** The schedules of leases: a claim before each change, and doubt wherever two could have changed the same one. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Schedule } from '../../../src/domain/schedule.ts';
import type { Store } from '../../../src/store/port.ts';
import type { ScheduleClaim } from '../../../src/store/schedule-port.ts';
import type { CreateDatabase, TestDatabase } from './database.ts';
import { instanceId, MINUTE, T0, idOf, deliveryOf, intentOf, type Request } from './samples.ts';

const place = { account: 'research', region: 'us-east-1' };
const schedule: Schedule = { instance: instanceId(1), place, group: 'ours', roleArn: 'arn:role', at: T0 + 60 * MINUTE };
const later: Schedule = { ...schedule, at: T0 + 90 * MINUTE, group: 'other', roleArn: 'arn:other' };

function claimOf(owner: string, changes: Partial<ScheduleClaim> = {}): ScheduleClaim {
  return { owner, now: T0, until: T0 + MINUTE, isNew: false, schedule, ...changes };
}

async function make(store: Store, owner = 'a'): Promise<void> {
  assert.equal(await store.claimSchedule(claimOf(owner, { isNew: true })), true);
  await store.settleSchedule(owner, schedule, 'set');
}

export function describeSchedules(create: CreateDatabase): void {
  describe('a schedule', () => {
    test('is known before it is made, and sure once it is', async (t) => {
      const store = await (await create(t)).open();
      assert.equal(await store.claimSchedule(claimOf('a', { isNew: true })), true);
      assert.deepEqual(await store.schedules(), [{ ...schedule, isSure: false }]);
      await store.settleSchedule('a', schedule, 'set');
      assert.deepEqual(await store.schedules(), [{ ...schedule, isSure: true }]);
    });

    test('is not sure while it is changed, and stays as it was until the answer', async (t) => {
      const store = await (await create(t)).open();
      await make(store);
      assert.equal(await store.claimSchedule(claimOf('a', { schedule: later })), true);
      assert.deepEqual(await store.schedules(), [{ ...schedule, isSure: false }]);
      await store.settleSchedule('a', later, 'unknown');
      assert.deepEqual(await store.schedules(), [{ ...schedule, isSure: false }]);
      await store.claimSchedule(claimOf('a', { schedule: later }));
      await store.settleSchedule('a', later, 'set');
      assert.deepEqual(await store.schedules(), [{ ...later, isSure: true }]);
      await store.claimSchedule(claimOf('a'));
      await store.settleSchedule('a', later, 'gone');
      assert.deepEqual(await store.schedules(), []);
    });

    test('is changed by one replica at a time; a dead one loses it when its claim ends', async (t) => {
      const [store = assert.fail(), other = assert.fail()] = await (await create(t)).replicas(2);
      assert.equal(await store.claimSchedule(claimOf('a', { isNew: true })), true);
      assert.equal(await other.claimSchedule(claimOf('b', { isNew: true })), false);
      assert.equal(await other.claimSchedule(claimOf('b')), false);
      assert.equal(await other.claimSchedule(claimOf('b', { now: T0 + MINUTE })), false);
      assert.equal(await other.claimSchedule(claimOf('b', { now: T0 + MINUTE + 1, until: T0 + 2 * MINUTE })), true);
      assert.equal(await store.claimSchedule(claimOf('a', { now: T0 + MINUTE + 2 })), false);
    });

    test('that was removed meanwhile is not claimed, nor is one made twice', async (t) => {
      const store = await (await create(t)).open();
      assert.equal(await store.claimSchedule(claimOf('a')), false);
      await make(store);
      assert.equal(await store.claimSchedule(claimOf('a', { isNew: true })), false);
    });

    for (const outcome of ['set', 'gone', 'unknown'] as const)
      test(`is in doubt for all when an answer (${outcome}) comes after the claim has ended`, async (t) => {
        const [slow = assert.fail(), quick = assert.fail()] = await (await create(t)).replicas(2);
        await make(slow, 'slow');
        await slow.claimSchedule(claimOf('slow'));
        await quick.claimSchedule(claimOf('quick', { now: T0 + 2 * MINUTE, until: T0 + 3 * MINUTE }));
        await slow.settleSchedule('slow', schedule, outcome);
        assert.deepEqual(await slow.schedules(), [{ ...schedule, isSure: false }]);
        await quick.settleSchedule('quick', later, 'set');
        assert.deepEqual(await slow.schedules(), [{ ...schedule, isSure: false }], 'the late call may have come last');
        assert.equal(await quick.claimSchedule(claimOf('quick', { now: T0 + 2 * MINUTE })), true, 'and is free');
      });

    test('that a late call may have made again is known again', async (t) => {
      const [slow = assert.fail(), quick = assert.fail()] = await (await create(t)).replicas(2);
      await make(slow, 'slow');
      await slow.claimSchedule(claimOf('slow'));
      await quick.claimSchedule(claimOf('quick', { now: T0 + 2 * MINUTE, until: T0 + 3 * MINUTE }));
      await quick.settleSchedule('quick', schedule, 'gone');
      assert.deepEqual(await quick.schedules(), []);
      await slow.settleSchedule('slow', schedule, 'set');
      assert.deepEqual(await quick.schedules(), [{ ...schedule, isSure: false }]);
    });
  });

  describe('the ends of leases', () => {
    const HOUR = 60 * MINUTE;
    const end = T0 + HOUR;

    async function lease(
      database: TestDatabase,
      machine: number,
      changes: Readonly<Record<string, string>> = {},
    ): Promise<void> {
      const row: Readonly<Record<string, string>> = {
        id: `'lease-${machine}'`,
        instance_id: `'${instanceId(machine)}'`,
        since_at: String(T0),
        until_at: String(end),
        ask_at: String(end),
        length_ms: String(HOUR),
        who: `'pia'`,
        place: `'${JSON.stringify(place)}'`,
        ...changes,
      };
      await database.sql(`insert into lease (${Object.keys(row).join()}) values (${Object.values(row).join()})`);
    }

    async function readEnds(database: TestDatabase): Promise<ReadonlyMap<string, number>> {
      const store = await database.open();
      const found = (await store.leaseEnds(T0)).map(
        ({ instance, earliest }) => [instance, (earliest - T0) / HOUR] as const,
      );
      await store.close();
      return new Map(found);
    }

    async function migrated(database: TestDatabase): Promise<TestDatabase> {
      await (await database.open()).close();
      return database;
    }

    test('are theirs, where they are open and their place is known', async (t) => {
      const database = await migrated(await create(t));
      await lease(database, 1);
      await lease(database, 2, { ended_at: String(T0) });
      await lease(database, 3, { place: 'null' });
      assert.deepEqual(await readEnds(database), new Map([[instanceId(1), 1]]));
      const store = await database.open();
      assert.deepEqual(await store.leaseEnds(T0), [{ instance: instanceId(1), place, earliest: end }]);
    });

    test('are put off by holds of the machine, and by pauses', async (t) => {
      const database = await migrated(await create(t));
      await lease(database, 1);
      await lease(database, 2);
      const hold = async (machine: number, hours: number, since = 0): Promise<void> =>
        void (await database.sql(
          `insert into hold (instance_id, holder, who, since_at, until_at) values ('${instanceId(machine)}', 'pia', 'pia', ${T0 - since}, ${T0 + hours * HOUR})`,
        ));
      await hold(1, 3);
      await hold(1, 2, 1);
      await hold(2, -1);
      assert.deepEqual(
        await readEnds(database),
        new Map([
          [instanceId(1), 3],
          [instanceId(2), 1],
        ]),
      );
      const pause = async (id: string, until: string): Promise<void> =>
        void (await database.sql(
          `insert into pause (id, until_at, who, why, created_at) values ('${id}', ${until}, 'ada', 'x', ${T0})`,
        ));
      await pause('one', String(T0 + 2 * HOUR));
      assert.deepEqual(
        await readEnds(database),
        new Map([
          [instanceId(1), 3],
          [instanceId(2), 2],
        ]),
      );
      await pause('two', 'null');
      assert.deepEqual(
        await readEnds(database),
        new Map([
          [instanceId(1), Infinity],
          [instanceId(2), Infinity],
        ]),
      );
    });

    test("are put off by the waits of the lease's own stop, and of no other", async (t) => {
      const database = await migrated(await create(t));
      await lease(database, 1);
      await lease(database, 2);
      const store = await database.open();
      const cause = { by: 'lease', lease: 'lease-1', name: 'pia', beganAt: T0 } as const;
      const own: Request = { id: idOf(1), intent: { ...intentOf({ machine: 1 }), cause } };
      const others: Request = { id: idOf(2), intent: intentOf({ machine: 2 }) };
      await store.recordDeliveries([deliveryOf([own, others])], T0);
      const worker = { owner: 'worker', now: T0, until: T0 + 5 * HOUR, limit: 9 };
      assert.equal((await store.claim(worker)).operations.length, 2);
      const found = (await store.leaseEnds(T0)).map(
        ({ instance, earliest }) => [instance, (earliest - T0) / HOUR] as const,
      );
      assert.deepEqual(
        new Map(found),
        new Map([
          [instanceId(1), 5],
          [instanceId(2), 1],
        ]),
      );
    });
  });
}

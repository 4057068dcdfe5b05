import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { readFile } from 'node:fs/promises';
import { describe, test, type TestContext } from 'node:test';
import type { Store } from '../../../src/store/port.ts';
import { POSTGRES_FILE, dumpPostgres } from '../../../tools/dump-schema.ts';
import { query, type Cluster } from '../../support/postgres.ts';
import { openSession, openStore, untilLocked } from './postgres-sessions.ts';
import {
  ADA,
  T0,
  WORKER,
  act,
  change,
  claimAll,
  deliveryOf,
  idOf,
  memberOf,
  move,
  request,
  resolvedOf,
  stateOf,
  take,
  wait,
  WRITTEN,
  enqueue,
  settle,
} from './samples.ts';

export function describePostgres(cluster: Cluster): void {
  test('the schema is the one in src/store/schema.postgres.sql (if not: node tools/dump-schema.ts)', async (t) => {
    const url = await cluster.createDatabase();
    await openStore(t, url);
    const dump = await dumpPostgres(async (statement) => query(url, statement));
    assert.equal(dump, await readFile(POSTGRES_FILE, 'utf8'));
  });

  describe('many replicas', () => {
    test('five that start at once on an empty database all start', async (t) => {
      const url = await cluster.createDatabase();
      const stores = await Promise.all(Array.from({ length: 5 }, async () => openStore(t, url)));
      await Promise.all(stores.map(async (store) => store.check()));
      const files = await readdir(new URL('../../../src/store/migrations/', import.meta.url));
      const names = files.toSorted().map((file) => ({ name: file.replace('.ts', '') }));
      assert.deepEqual(await query(url, 'select name from kysely_migration order by name'), names);
    });

    test('deliveries in which some alerts fire and others end never wait for each other in a circle', async (t) => {
      const url = await cluster.createDatabase();
      const stores = await Promise.all(Array.from({ length: 3 }, async () => openStore(t, url)));
      const machines = Array.from({ length: 12 }, (_, machine) => machine);
      for (let round = 0; round < 15; round += 1) {
        const deliveries = stores.map((store, replica) => {
          const members = machines.map((machine) => {
            const wanted = request(round * 1_000 + replica * 100 + machine, { machine });
            return (machine + replica + round) % 2 === 0 ? memberOf(wanted) : resolvedOf(wanted);
          });
          const ordered = replica % 2 === 0 ? members : members.toReversed();
          return store.recordDeliveries([{ ...deliveryOf([]), members: ordered }], T0 + round);
        });
        await Promise.all(deliveries);
      }
      await Promise.all(stores.map(async (store) => store.close()));
      const met = 'select deadlocks::int from pg_stat_database where datname = current_database()';
      assert.deepEqual(await query(url, met), [{ deadlocks: 0 }]);
    });

    test('one that starts leaves the claims of the others alone', async (t) => {
      const url = await cluster.createDatabase();
      const one = await openStore(t, url);
      await enqueue(one, [request(1)], T0);
      await claimAll(one);
      assert.deepEqual(await claimAll(await openStore(t, url), 'worker-2', T0 + 1), []);
    });

    test('one that a newer version has overtaken does not act and is not ready, and what it cannot write is no fault of its own', async (t) => {
      const url = await cluster.createDatabase();
      const store = await openStore(t, url);
      await enqueue(store, [request(1)], T0);
      const [claimed] = await claimAll(store);
      assert.ok(claimed);
      await query(
        url,
        `insert into kysely_migration (name, timestamp) values ('999-later', '2030-01-01T00:00:00.000Z')`,
      );
      const overtaken = { name: 'StoreUnavailableError', message: /newer version.* 999-later,.*to be replaced/ };
      await assert.rejects(async () => claimAll(store), overtaken);
      await assert.rejects(async () => store.renew(WORKER, [idOf(1)], T0 + 1), overtaken);
      await assert.rejects(async () => store.check(), overtaken);
      await assert.rejects(async () => settle(store, WORKER, [change(claimed, act(1))]), overtaken);
      await store.release(WORKER, [idOf(1)], T0 + 1);
      assert.equal(await store.nextDueAt(), T0 + 1);
      assert.deepEqual(await enqueue(store, [request(2, { machine: 2 })], T0), [
        { outcome: 'accepted', operation: idOf(2) },
      ]);
      await query(url, 'alter table operation rename column work_key to key_of_work');
      await assert.rejects(async () => enqueue(store, [request(3, { machine: 3 })], T0), overtaken);
      await query(url, `delete from kysely_migration where name = '999-later'`);
      await assert.rejects(async () => enqueue(store, [request(3, { machine: 3 })], T0), /work_key/);
    });

    test('one goes on when the newer version never comes up, also after a restart, until it does', async (t) => {
      const url = await cluster.createDatabase();
      const store = await openStore(t, url);
      await enqueue(store, [request(1), request(2, { machine: 2 })], T0);
      await query(
        url,
        `insert into kysely_migration (name, timestamp) values ('999-later', '2026-01-01T00:00:00.000Z')`,
      );
      const {
        operations: [claimed],
      } = await store.claim({ owner: WORKER, now: T0, until: T0 + 1, limit: 1 });
      assert.ok(claimed);
      assert.deepEqual(await settle(store, WORKER, [change(claimed, act(1))]), [WRITTEN]);
      await store.check();
      const again = await openStore(t, url);
      await again.claim({ owner: 'worker-2', now: T0, until: T0 + 1, limit: 1 });
      await query(url, `insert into setting (key, value) values ('serving 999-later', 'now')`);
      for (const one of [store, again])
        await assert.rejects(async () => claimAll(one, WORKER, T0 + 2), /newer version.* 999-later,.*to be replaced/);
      await assert.rejects(async () => openStore(t, url), /Run the newer version, or restore the backup/);
    });

    test('the first claim tells older replicas that this version works, once', async (t) => {
      const url = await cluster.createDatabase();
      const [one, other] = [await openStore(t, url), await openStore(t, url)];
      const said = async () => query(url, `select key from setting where key like 'serving %'`);
      assert.deepEqual(await said(), []);
      for (const store of [one, other, one]) await claimAll(store);
      const files = await readdir(new URL('../../../src/store/migrations/', import.meta.url));
      assert.deepEqual(await said(), [{ key: `serving ${files.toSorted().at(-1)?.replace('.ts', '')}` }]);
    });

    for (const [role, told] of [
      ['off', 'on'],
      ['local', 'local'],
    ])
      test(`what was accepted is flushed, with synchronous_commit = ${role} in the database`, async (t) => {
        const url = await cluster.createDatabase();
        await (await openStore(t, url)).close();
        await query(
          url,
          `alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = ${role};
           create table told (what text, how text);
           create function tell() returns trigger language plpgsql as
             $$begin insert into told values (new.event, current_setting('synchronous_commit')); return new; end$$;
           create trigger tell before insert on audit for each row execute function tell()`,
        );
        const store = await openStore(t, url);
        const howOf = async (work: () => Promise<unknown>): Promise<unknown> => {
          await query(url, 'delete from told');
          await work();
          return (await query(url, 'select distinct how from told')).map(({ how }) => how);
        };
        assert.deepEqual(await howOf(async () => enqueue(store, [request(1), request(2, { machine: 2 })], T0)), [told]);
        assert.deepEqual(await howOf(async () => store.cancel(idOf(2), ADA, T0)), [told]);
        const [claimed] = await claimAll(store);
        assert.ok(claimed);
        assert.deepEqual(await howOf(async () => settle(store, WORKER, [change(claimed, act(1))])), ['off']);
      });

    test('one hears of the work that another records, also after its connection was lost', async (t) => {
      const url = await cluster.createDatabase();
      const [one, other] = [await openStore(t, url), await openStore(t, url)];
      const heard = hearing(t, one);
      await heard.next();
      const first = heard.next();
      await enqueue(other, [request(1, { machine: 1 })], T0);
      await first;
      const again = heard.next();
      const listening = `from pg_stat_activity where datname = current_database() and query like 'listen %'`;
      await query(url, `select pg_terminate_backend(pid) ${listening}`);
      await again;
      const second = heard.next();
      await enqueue(other, [request(2, { machine: 2 })], T0);
      await second;
    });

    test('nothing is announced for a delivery that was taken back', async (t) => {
      const url = await cluster.createDatabase();
      const store = await openStore(t, url);
      const client = await openSession(t, url);
      const heard: string[] = [];
      client.on('notification', ({ channel }) => heard.push(channel));
      await client.query('listen ec2_operator_work');
      await assert.rejects(async () => enqueue(store, [request(1), request(1, { machine: 2 })], T0));
      await client.query('select 1');
      assert.deepEqual(heard, []);
      await enqueue(store, [request(1)], T0);
      await client.query('select 1');
      assert.deepEqual(heard, ['ec2_operator_work']);
    });

    test('numbers beyond 32 bits are numbers here and stay text for other users of the driver', async (t) => {
      const url = await cluster.createDatabase();
      const store = await openStore(t, url);
      await enqueue(store, [request(1)], T0);
      assert.equal(await store.nextDueAt(), T0);
      assert.deepEqual(await query(url, 'select available_at from operation'), [{ available_at: String(T0) }]);
    });

    test('replicas that receive the same alerts in different orders do not wait for each other in a circle', async (t) => {
      const url = await cluster.createDatabase();
      const stores = [await openStore(t, url), await openStore(t, url)];
      const machines = Array.from({ length: 400 }, (_, machine) => machine);
      await Promise.all(
        stores.map(async (store, replica) => {
          const order = replica === 0 ? machines : machines.toReversed();
          await enqueue(
            store,
            order.map((machine) => request(replica * 1000 + machine, { machine })),
            T0,
          );
          await store.close();
        }),
      );
      const [found] = await query(url, 'select deadlocks from pg_stat_database where datname = current_database()');
      assert.equal(found?.['deadlocks'], '0');
    });

    test('an end that another replica is writing at this moment is not overwritten', async (t) => {
      const url = await cluster.createDatabase();
      const store = await openStore(t, url);
      await move(store, await take(store, request(1, { verb: 'stop' })), wait(1, T0));
      const start = await take(store, request(2, { verb: 'start' }), T0 + 1);
      const other = await openSession(t, url);
      await other.query(
        `begin; update operation set state = 'refused', reason = 'opt_out', message = '', ended_at = 1 where id = '${idOf(1)}'`,
      );
      const acting = settle(store, WORKER, [change(start, act(1))]);
      await untilLocked(url, 1);
      await other.query('commit');
      assert.deepEqual(await acting, [WRITTEN]);
      assert.equal(await stateOf(store, idOf(1)), 'refused');
    });
  });
}

/** The moments at which the store says that there may be work. */
function hearing(t: TestContext, store: Store): { next(): Promise<void> } {
  let { promise, resolve } = Promise.withResolvers<void>();
  const end = store.onWork(() => {
    resolve();
  });
  t.after(end);
  return {
    next: async () => {
      ({ promise, resolve } = Promise.withResolvers<void>());
      await promise;
    },
  };
}

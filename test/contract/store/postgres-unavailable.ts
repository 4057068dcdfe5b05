import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { StoreUnavailableError } from '../../../src/store/port.ts';
import { TIMEOUTS } from '../../../src/store/postgres-pool.ts';
import { openPostgresStore } from '../../../src/store/postgres.ts';
import { PASSWORD, type Cluster } from '../../support/postgres.ts';
import { startProxy } from '../../support/proxy.ts';
import { openSession, openStore, terminateLocked, untilLocked } from './postgres-sessions.ts';
import { T0, idOf, request, enqueue } from './samples.ts';

export function describeUnavailable(cluster: Cluster): void {
  describe('a database that cannot be used', () => {
    test('makes everything fail as unavailable while it is stopped, and nothing once it is back', async (t) => {
      const store = await openStore(t, await cluster.createDatabase());
      await enqueue(store, [request(1)], T0);
      const end = store.onWork(() => undefined);
      await cluster.stop();
      try {
        await rejectsAsUnavailable(async () => enqueue(store, [request(2, { machine: 2 })], T0));
        await rejectsAsUnavailable(async () => store.check());
        await rejectsAsUnavailable(async () => store.find(idOf(1)));
      } finally {
        await cluster.start();
      }
      assert.equal((await store.find(idOf(1)))?.state, 'queued');
      assert.equal(await store.find(idOf(2)), undefined);
      await store.check();
      end();
    });

    test('a connection that is cut in the middle of a query fails as unavailable, and the next one works', async (t) => {
      const url = await cluster.createDatabase();
      const [store, other] = [await openStore(t, url), await openStore(t, url)];
      const locker = await openSession(t, url);
      await locker.query('begin; lock table operation');
      const blocked = rejectsAsUnavailable(async () => store.find(idOf(1)));
      const others = rejectsAsUnavailable(async () => enqueue(other, [request(1)], T0));
      await untilLocked(url, 2);
      await terminateLocked(url);
      await Promise.all([blocked, others]);
      await locker.query('rollback');
      assert.deepEqual(await enqueue(store, [request(1)], T0), [{ outcome: 'accepted', operation: idOf(1) }]);
    });

    test('a lock that nobody gives back is not waited for without end', async (t) => {
      const url = await cluster.createDatabase();
      const store = await openStore(t, url, { ...TIMEOUTS, statement: 100, answer: 0 });
      const locker = await openSession(t, url);
      await locker.query('begin; lock table operation');
      await rejectsAsUnavailable(async () => store.nextDueAt());
      await locker.query('rollback');
      assert.equal(await store.nextDueAt(), undefined);
    });

    test('a server that falls silent is given up, and its connections are not used again', async (t) => {
      const url = new URL(await cluster.createDatabase());
      const proxy = await startProxy(t, Number(url.port));
      url.port = String(proxy.port);
      const store = await openStore(t, url.href, { ...TIMEOUTS, connect: 500, answer: 300 });
      await store.check();
      proxy.silence();
      await rejectsAsUnavailable(async () => store.find(idOf(1)));
      await rejectsAsUnavailable(async () => enqueue(store, [request(1)], T0));
      proxy.speak();
      assert.deepEqual(await enqueue(store, [request(1)], T0), [{ outcome: 'accepted', operation: idOf(1) }]);
    });

    test('is named at the start, without its password', async () => {
      const url = await cluster.createDatabase();
      const wrong = [
        [url.replace(PASSWORD, 'wrong-secret'), /cannot use PostgreSQL at 127\.0\.0\.1:\d+ \(password authentication/],
        [url.replace(/test_\d+$/, 'nowhere'), /database "nowhere" does not exist/],
        [url.replace(/:\d+\//, ':1/'), /ECONNREFUSED/],
      ] as const;
      for (const [given, expected] of wrong) {
        const error = await openPostgresStore(given).then(
          () => assert.fail('it opened'),
          (reason: unknown) => reason,
        );
        assert.ok(error instanceof StoreUnavailableError);
        assert.match(error.message, expected);
        assert.doesNotMatch(inspect(error, { depth: 10, showHidden: true }), /wrong-secret|secret-of-the-test/);
      }
    });

    for (const url of ['mysql://u:hidden@h/d', 'not a url: hidden', 'postgres://u:hid#den@h:x/d', '']) {
      test(`${JSON.stringify(url.replace(/hid#?den/, '…'))} is no URL of PostgreSQL, and is not repeated`, async () => {
        await assert.rejects(
          async () => openPostgresStore(url),
          (error) => {
            assert.match(String(error), /expected DATABASE_URL to be like/);
            assert.doesNotMatch(inspect(error, { depth: 10, showHidden: true }), /hid#?den@/);
            return true;
          },
        );
      });
    }
  });
}

async function rejectsAsUnavailable(work: () => Promise<unknown>): Promise<void> {
  await assert.rejects(work, StoreUnavailableError);
}

/** The store through a real PgBouncer in transaction mode, with its settings as they come. */
import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, test, type TestContext } from 'node:test';
import { checkStore } from '../../src/doctor/store.ts';
import { readConfig } from '../../src/config/read.ts';
import { openPostgresStore } from '../../src/store/postgres.ts';
import { StoreUnavailableError, type Store } from '../../src/store/port.ts';
import { TIMEOUTS } from '../../src/store/postgres-pool.ts';
import { findFreePort } from '../support/free-port.ts';
import { temporaryDirectory } from '../support/operator.ts';
import { PASSWORD, startCluster, type Cluster } from '../support/postgres.ts';
import { minimalEnvironment, startProgram } from '../support/program.ts';
import { findTool } from '../support/tools.ts';
import { openSession } from './store/postgres-sessions.ts';
import { ADA, T0, WORKER, WRITTEN, act, change, claimAll, enqueue, idOf, request, settle } from './store/samples.ts';

const bouncer = findTool('pgbouncer', 'pgbouncer');
const cluster = 'skip' in bouncer ? bouncer.skip : await startCluster().catch((error: unknown) => String(error));

if (typeof cluster === 'string') test('the store through PgBouncer', { skip: cluster });
else if ('path' in bouncer) describeThrough(bouncer.path, cluster);

/** @returns the URL of the same database through a PgBouncer with two sessions, which ends with the test */
async function startBouncer(t: TestContext, program: string, url: string): Promise<string> {
  const stack = new AsyncDisposableStack();
  t.after(async () => stack.disposeAsync());
  const directory = await temporaryDirectory(stack);
  const [port, behind] = [await findFreePort(), new URL(url)];
  const users = path.join(directory, 'users.txt');
  const settings = path.join(directory, 'pgbouncer.ini');
  await writeFile(users, `"postgres" "${PASSWORD}"\n`);
  await writeFile(
    settings,
    `[databases]
* = host=127.0.0.1 port=${behind.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${users}
pool_mode = transaction
default_pool_size = 2
`,
  );
  // As root it runs as another user, who has to read these.
  await chmod(directory, 0o755);
  const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const running = await startProgram({
    name: 'pgbouncer',
    program,
    args: [...asNobody, settings],
    environment: minimalEnvironment(),
  });
  stack.use(running);
  await running.awaitLine((line) => (line.includes('process up') ? true : undefined));
  behind.port = String(port);
  return behind.href;
}

function describeThrough(program: string, running: Cluster): void {
  after(async () => running[Symbol.asyncDispose]());
  describe('the store through PgBouncer', () => {
    const open = async (t: TestContext, url: string, timeouts = TIMEOUTS): Promise<Store> => {
      const store = await openPostgresStore(url, timeouts);
      t.after(async () => store.close());
      return store;
    };

    test('replicas share its sessions, and do all that they do without it', async (t) => {
      const url = await startBouncer(t, program, await running.createDatabase());
      const stores = [await open(t, url), await open(t, url), await open(t, url)];
      const [store = assert.fail()] = stores;
      const ends = stores.map((one) => one.onWork(() => undefined));
      await Promise.all(
        Array.from({ length: 30 }, async (_, n) => enqueue(stores[n % 3] ?? store, [request(n, { machine: n })], T0)),
      );
      const claims = await Promise.all(stores.map(async (one, n) => claimAll(one, `${WORKER} ${n}`)));
      assert.equal(claims.flat().length, 30);
      const [first] = claims[0]?.slice(0, 1) ?? [];
      if (first !== undefined) {
        const machine = Number(first.id.slice(-12));
        assert.deepEqual(await settle(store, `${WORKER} 0`, [change(first, act(machine))]), [WRITTEN]);
      }
      await store.check();
      assert.equal((await store.list({ limit: 100 })).length, 30);
      assert.equal((await store.cancel(idOf(29), ADA, T0))?.operation.id, idOf(29));
      for (const end of ends) end();
    });

    test('a lock that nobody gives back is not waited for without end', async (t) => {
      const direct = await running.createDatabase();
      const url = await startBouncer(t, program, direct);
      const store = await open(t, url, { ...TIMEOUTS, statement: 200, answer: 0 });
      const locker = await openSession(t, direct);
      await locker.query('begin; lock table operation');
      await assert.rejects(async () => enqueue(store, [request(1)], T0), StoreUnavailableError);
      await locker.query('rollback');
      assert.equal((await enqueue(store, [request(1)], T0))[0]?.outcome, 'accepted');
    });

    test('a parameter of the URL that it refuses is named', async (t) => {
      const url = await startBouncer(t, program, await running.createDatabase());
      await assert.rejects(
        async () => openPostgresStore(`${url}?options=-c%20work_mem%3D1MB`),
        /the pooler at 127\.0\.0\.1:\d+ refuses the parameter options:.*ignore_startup_parameters/,
      );
    });

    test('the doctor sees it', async (t) => {
      const url = await startBouncer(t, program, await running.createDatabase());
      const findings = await checkStore(readConfig({ DATABASE_URL: url }));
      assert.deepEqual(
        findings.map(({ severity }) => severity),
        ['ok', 'info'],
      );
      assert.match(findings[1]?.evidence ?? '', /a pooler is in between/);
    });
  });
}

/** The database goes away: for a while, or for good. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startSandbox } from '../../src/sandbox/server.ts';
import { alert, delivery } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { addressOf, fleetOf, machines } from '../support/fleet.ts';
import { json, requestsTo, sandboxEnvironment, startOperator } from '../support/operator.ts';
import { query, startCluster } from '../support/postgres.ts';
import { serveProcess } from '../support/process.ts';
import { startProxy } from '../support/proxy.ts';

const cluster = await startCluster().catch((error: unknown) => String(error));

after(async () => (typeof cluster === 'string' ? undefined : cluster[Symbol.asyncDispose]()));

test('what met a database that was away is taken up again without waiting for the end of its claim', async (t) => {
  if (typeof cluster === 'string') return t.skip(cluster);
  const url = await cluster.createDatabase();
  // Time passes five times as slowly for the operator, so that no claim runs out before the test does.
  const began = Date.now();
  const clock = () => began + Math.floor((Date.now() - began) / 5);
  await using operator = await startOperator({ environment: { DATABASE_URL: url }, clock });
  const { sandbox } = operator;
  sandbox.faults.add({ kind: 'slow', ms: 2_000, action: 'DescribeInstances', times: 1 });
  const [receipt] = await operator.post('/operateHostname', [alert({ hostname: addressOf(1), dryrun: 'true' })]);
  assert.equal(receipt?.outcome, 'accepted');
  await eventually('the operation is carried', async () => {
    const [carried] = await query(url, 'select id from operation where owner is not null');
    return carried;
  });
  await cluster.stop();
  await sandbox.until(() => sandbox.calls.length > 0);
  await cluster.start();
  assert.equal((await operator.end(receipt.operation)).state, 'succeeded');
});

/** What `docker stop` waits before it kills. */
const LIMIT_MS = 10_000;

test('SIGTERM ends the process also when the database has fallen silent', async (t) => {
  if (typeof cluster === 'string') return t.skip(cluster);
  const url = new URL(await cluster.createDatabase());
  const proxy = await startProxy(t, Number(url.port));
  url.port = String(proxy.port);
  await using sandbox = await startSandbox({ fleet: fleetOf(machines(1)) });
  await using server = await serveProcess({ ...sandboxEnvironment(sandbox), DATABASE_URL: url.href });
  const { request } = requestsTo(server.url);
  assert.equal((await request('/readyz')).status, 200);
  proxy.silence();
  const answer = request('/operateHostname', json(delivery([alert({ hostname: addressOf(1) })]))).then(
    ({ status }) => status,
    () => 'cut off',
  );
  await proxy.swallowed();
  const began = performance.now();
  server.kill('SIGTERM');
  const { code } = await server.exit;
  const tookMs = performance.now() - began;
  assert.notEqual(await answer, 200);
  assert.equal(code, 0);
  // Not a measurement: whoever takes longer is killed by its platform.
  assert.ok(tookMs < LIMIT_MS, `it took ${Math.round(tookMs)} ms to end`);
});

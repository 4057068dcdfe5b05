/** The database goes away while an operation is carried, and comes back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alert } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { addressOf } from '../support/fleet.ts';
import { startOperator } from '../support/operator.ts';
import { query, startCluster } from '../support/postgres.ts';

const cluster = await startCluster().catch((error: unknown) => String(error));

test('what met a database that was away is taken up again without waiting for the end of its claim', async (t) => {
  if (typeof cluster === 'string') return t.skip(cluster);
  await using database = cluster;
  const url = await database.createDatabase();
  // Time stands still for the operator, so that no claim ever runs out.
  const now = Date.now();
  await using operator = await startOperator({ environment: { DATABASE_URL: url }, clock: () => now });
  const { sandbox } = operator;
  sandbox.faults.add({ kind: 'slow', ms: 2_000, action: 'DescribeInstances', times: 1 });
  const [receipt] = await operator.post('/operateHostname', [alert({ hostname: addressOf(1), dryrun: 'true' })]);
  assert.equal(receipt?.outcome, 'accepted');
  await eventually('the operation is carried', async () => {
    const [carried] = await query(url, 'select id from operation where owner is not null');
    return carried;
  });
  await database.stop();
  await sandbox.until(() => sandbox.calls.length > 0);
  await database.start();
  assert.equal((await operator.end(receipt.operation)).state, 'succeeded');
});

/** Capacity that is paid for anyway: an alert interrupts nobody for nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alert, delivery } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startOperator } from '../support/operator.ts';

test('guards.committed: warn_only refuses stops by alerts, with the reason', async () => {
  await using operator = await startOperator({
    machines: [machine(1, { type: 'm5.large', capacity_reservation: 'cr-0123456789abcdef0' })],
    config: 'guards: { committed: warn_only }',
  });
  const stop = { ...delivery([alert({ instance_id: idOf(1), action: 'stop', dryrun: 'false' })]) };
  const headers = { 'content-type': 'application/json' };
  const { status } = await operator.request('/operateInstance', {
    method: 'POST',
    headers,
    body: JSON.stringify(stop),
  });
  assert.equal(status, 200);
  const text = await eventually('the end of the stop', async () => {
    const { text: operations } = await operator.request('/api/v1/operations?limit=10');
    return operations.includes('"state":"refused"') ? operations : undefined;
  });
  assert.match(text, /"reason":"committed"/);
  assert.match(text, /runs in a Capacity Reservation \\"cr-0123456789abcdef0\\", which is paid for anyway/);
  assert.deepEqual(operator.changes(), []);
  // A person's request overrides it.
  await operator.ask(`/operateInstance?instance=${idOf(1)}&action=stop&dryrun=false&wait=10s`);
  assert.equal(operator.changes().length, 1);
});

/** The machine that ec2-operator itself runs on is not stopped by alerts: nothing would be left that starts it again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stopAlert } from '../support/alerts.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startMetadataService } from '../support/metadata-service.ts';
import { startOperator, type Operator } from '../support/operator.ts';

async function outcome(operator: Operator, number: number): Promise<string> {
  const [receipt] = await operator.post('/operateHostname', [stopAlert(number)]);
  const { state, reason } = await operator.end(receipt?.operation);
  return `${state} ${reason ?? ''}`;
}

test('an alert does not stop the machine that the metadata service names; a person may', async () => {
  await using service = await startMetadataService(idOf(1));
  const environment = { AWS_EC2_METADATA_DISABLED: '', AWS_EC2_METADATA_SERVICE_ENDPOINT: service.url };
  await using operator = await startOperator({ machines: [machine(1), machine(2)], environment });
  assert.equal(await outcome(operator, 1), 'refused own_machine');
  assert.deepEqual(operator.changes(), []);
  assert.equal(await outcome(operator, 2), 'succeeded state_reached');
  const { operation } = await operator.ask(`/operateInstance?instance=${idOf(1)}&action=stop&dryrun=false&wait=10s`);
  const { reason, trail = [] } = await operator.end(operation.id);
  assert.equal(reason, 'state_reached');
  const verdicts = trail.flatMap((entry) => entry.verdicts ?? []);
  assert.ok(verdicts.some(({ guard, verdict }) => guard === 'own_machine' && verdict === 'overridden'));
});

test('guards.own_machine: off stops it, and so does a server that knows of no machine of its own', async () => {
  await using service = await startMetadataService(idOf(1));
  const environment = { AWS_EC2_METADATA_DISABLED: '', AWS_EC2_METADATA_SERVICE_ENDPOINT: service.url };
  await using off = await startOperator({ environment, config: 'guards: { own_machine: off }' });
  assert.equal(await outcome(off, 1), 'succeeded state_reached');
  await using elsewhere = await startOperator({
    environment: { ...environment, AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9' },
  });
  assert.equal(await outcome(elsewhere, 1), 'succeeded state_reached');
});

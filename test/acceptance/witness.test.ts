/** An address that a pod brought, or that two networks have, is a machine only where other labels say which. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alert, minutesAgo } from '../support/alerts.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startOperator, type Operator, type OperatorOptions } from '../support/operator.ts';
import { findTool } from '../support/tools.ts';

const AWS = findTool('aws', 'awscli');
const SITE: OperatorOptions = {
  machines: [
    machine(1),
    machine(2),
    machine(3, { private_ip: '10.9.9.9', vpc: 'vpc-0000000a' }),
    machine(4, { private_ip: '10.9.9.9', vpc: 'vpc-0000000b' }),
  ],
  names: { 'worker-1': ['10.0.0.1'], 'worker-2': ['10.0.0.2'] },
  environment: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
};

async function endOf(operator: Operator, labels: Readonly<Record<string, string>>): Promise<string> {
  const [receipt] = await operator.post('/operateHostname', [alert({ alertname: JSON.stringify(labels), ...labels })]);
  const { reason, instance, state } = await operator.end(receipt?.operation);
  return state === 'succeeded' ? (instance?.id ?? state) : `${state} ${reason ?? ''}`;
}

const CASES: readonly (readonly [what: string, labels: Readonly<Record<string, string>>, end: string])[] = [
  ['an address beside a pod', { hostname: '10.0.0.1:9400', pod: 'dcgm-x' }, 'refused pod_address'],
  ['one beside a container', { hostname: '10.0.0.1', container: 'c' }, 'refused pod_address'],
  ['one whose node is another', { hostname: '10.0.0.1', pod: 'x', node: 'worker-2' }, 'refused pod_address'],
  ['one whose node is the machine', { hostname: '10.0.0.1:9400', pod: 'x', node: 'worker-1' }, idOf(1)],
  ['one with the Hostname of the machine', { hostname: '10.0.0.1', pod: 'x', Hostname: 'ip-10-0-0-1' }, idOf(1)],
  ['one with the id of the machine', { hostname: '10.0.0.1', pod: 'x', instance_id: idOf(1) }, idOf(1)],
  ['an id that says another machine', { hostname: '10.0.0.1', instance_id: idOf(2) }, 'refused contradicted'],
  ['a name beside a pod', { hostname: 'worker-1', pod: 'x' }, idOf(1)],
  ['an address beside the pod at work', { hostname: '10.0.0.1', exported_pod: 'training-0' }, idOf(1)],
  [
    'an address that has passed on what another knows',
    { hostname: '10.0.0.1:9090', exported_instance: '10.0.0.2:9400' },
    'refused contradicted',
  ],
  [
    'one that has passed on what another name knows',
    { hostname: '10.0.0.1', exported_instance: 'worker-2' },
    'refused contradicted',
  ],
  [
    'one that has passed on what it knows itself',
    { hostname: '10.0.0.1', exported_instance: 'worker-1:9400' },
    idOf(1),
  ],
  [
    'the one that another has passed on',
    { hostname: '10.0.0.2:9400', exported_instance: '10.0.0.2:9400', instance_id: 'x' },
    idOf(2),
  ],
  ['an address of two VPCs', { hostname: '10.9.9.9' }, 'refused ambiguous'],
  ['one with the VPC', { hostname: '10.9.9.9', vpc: 'vpc-0000000b' }, idOf(4)],
  ['one with a vpc of another form', { hostname: '10.9.9.9', vpc: 'prod' }, 'refused ambiguous'],
  ['one with a VPC that has it not', { hostname: '10.9.9.9', vpc: 'vpc-0000000c' }, 'refused not_found'],
];

for (const client of ['native', 'cli'] as const) {
  const skip = client === 'cli' && 'skip' in AWS && AWS.skip;
  describe(`by the client ${client}`, { concurrency: true, skip }, () => {
    for (const [what, labels, end] of client === 'native' ? CASES : CASES.slice(-4)) {
      test(`${what}: ${end}`, async () => {
        await using operator = await startOperator(SITE);
        assert.equal(await endOf(operator, { ...labels, client }), end);
        if (end.startsWith('refused')) assert.deepEqual(operator.changes(), []);
      });
    }
  });
}

test('where exporters run on the network of their machines, a pod label says nothing', async () => {
  await using operator = await startOperator({ ...SITE, config: 'labels: { host_network: true }\n' });
  assert.equal(await endOf(operator, { hostname: '10.0.0.1:9100', pod: 'node-exporter-x' }), idOf(1));
});

test('names of the configuration confirm a machine as they name it', async () => {
  await using operator = await startOperator({ ...SITE, config: `hosts: { gpu-1: 10.0.0.1, gpu-2: ${idOf(2)} }\n` });
  assert.equal(await endOf(operator, { hostname: '10.0.0.1', exported_instance: 'gpu-1:9400' }), idOf(1));
  assert.equal(await endOf(operator, { hostname: '10.0.0.2', pod: 'x', node: 'gpu-2' }), idOf(2));
  assert.equal(await endOf(operator, { hostname: '10.0.0.1', exported_instance: 'gpu-2' }), 'refused contradicted');
});

test('the configuration says in which VPC addresses are looked for', async () => {
  await using operator = await startOperator({ ...SITE, config: 'vpc: vpc-0000000a\n' });
  assert.equal(await endOf(operator, { hostname: '10.9.9.9' }), idOf(3));
  assert.equal(await endOf(operator, { hostname: '10.9.9.9', vpc: 'vpc-0000000b' }), 'refused unknown_place');
});

test('the id of a scrape target is not that of the machine whose metric it passes on', async () => {
  await using operator = await startOperator(SITE);
  for (const [labels, end] of [
    [{ exported_instance: '10.0.0.2:9400' }, 'contradicted'],
    [{ exported_node: 'worker-2' }, 'contradicted'],
    [{ exported_node: 'worker-1' }, 'dry_run'],
  ] as const) {
    const asked = alert({ instance_id: idOf(1), alertname: JSON.stringify(labels), dryrun: 'true', ...labels });
    const [receipt] = await operator.post('/operateInstance', [asked]);
    assert.equal((await operator.end(receipt?.operation)).reason, end);
  }
});

describe('an operation that two alerts ask for', { concurrency: true }, () => {
  for (const labels of [{ instance_id: idOf(2) }, { pod: 'dcgm-x' }]) {
    test(`is judged by the labels of the one that is left: ${JSON.stringify(labels)}`, async () => {
      await using operator = await startOperator(SITE);
      operator.sandbox.set(idOf(1), { state: 'pending' });
      const idle = alert({ hostname: '10.0.0.1', alertname: 'Idle' });
      const [first] = await operator.post('/operateHostname', [idle]);
      await operator.waiting(first?.operation, 'transition');
      const other = alert({ hostname: '10.0.0.1', alertname: 'Other', ...labels }, { startsAt: minutesAgo(20) });
      const [second] = await operator.post('/operateHostname', [other]);
      assert.deepEqual([second?.outcome, second?.operation], ['joined', first?.operation]);
      await operator.post('/operateHostname', [{ ...idle, status: 'resolved', endsAt: minutesAgo(0) }]);
      operator.sandbox.set(idOf(1), { state: 'running', launchTime: Date.parse(minutesAgo(600)) });
      const { state, reason } = await operator.end(first?.operation);
      assert.deepEqual([state, reason], ['refused', 'pod' in labels ? 'pod_address' : 'contradicted']);
      assert.deepEqual(operator.changes(), []);
    });
  }
});

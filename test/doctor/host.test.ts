/** The doctor on machines that cannot be stopped, started or found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../../src/doctor/finding.ts';
import { addressOf, idOf, machine, type MachineEntry } from '../support/fleet.ts';
import { examined, expectFinding, of } from './examined.ts';

async function lookAt(entry: MachineEntry, accounts: MachineEntry = {}): Promise<readonly Finding[]> {
  return (await examined({ machines: [machine(1, entry)], accounts, hosts: [idOf(1)] })).findings;
}

test('a name with two machines behind it', async () => {
  const { findings } = await examined({
    machines: [machine(1), machine(2)],
    names: { pool: [addressOf(1), addressOf(2)], astray: [addressOf(1), '192.0.2.7'], local: ['127.0.0.1'] },
    hosts: ['pool', 'astray', 'local', 'nobody', 'no host'],
  });
  const { change } = expectFinding(findings, 'error', 'host', /"pool" could be i-\w+1 .*, i-\w+2 .*\(ambiguous\)/);
  assert.match(change ?? '', /hosts:/);
  expectFinding(findings, 'error', 'host', /"astray" leads to i-\w+1 .* and also to 192\.0\.2\.7/);
  expectFinding(findings, 'error', 'host', /"local" leads to "127\.0\.0\.1".*\(unusable_address\)/);
  expectFinding(findings, 'error', 'host', /no address of "nobody" \(not_found\)/);
  expectFinding(findings, 'error', 'host', /expected a host name or an IP address/);
});

test('stop protection', async () => {
  expectFinding(await lookAt({ protected: true }), 'error', 'stop_protection', /disableApiStop/);
  expectFinding(await lookAt({}), 'ok', 'stop_protection', /off/);
});

test('an encrypted volume, whose key a start needs', async () => {
  const key = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555';
  const findings = await lookAt({ kms_key: key });
  const { evidence, change } = expectFinding(findings, 'warning', 'volumes', /kms:CreateGrant/);
  assert.ok(evidence.includes(key) && evidence.includes('/dev/xvda'), evidence);
  assert.match(change ?? '', /kms:GrantIsForAWSResource/);
  assert.deepEqual(of(findings, 'error'), []);
});

test('Spot, by the kind of its request', async () => {
  expectFinding(await lookAt({ spot: 'one-time' }), 'error', 'spot', /one-time/);
  expectFinding(await lookAt({ spot: 'persistent' }), 'ok', 'spot', /persistent/);
});

test('a check without permission is an info, not an error', async () => {
  const unauthorized = ['DescribeInstanceAttribute', 'DescribeVolumes', 'DescribeSpotInstanceRequests'];
  const findings = await lookAt({ spot: 'persistent' }, { '123456789012': { unauthorized } });
  assert.deepEqual(of(findings, 'error'), []);
  for (const check of ['stop_protection', 'volumes', 'spot']) {
    expectFinding(findings, 'info', check, /could not be checked \(UnauthorizedOperation\)/);
  }
});

test('the verdicts of the guards', async () => {
  expectFinding(await lookAt({ asg: 'workers' }), 'error', 'guards', /would refuse to stop it: .*Auto Scaling/);
  expectFinding(await lookAt({ operator: 'eks.amazonaws.com' }), 'error', 'guards', /managed by "eks\.amazonaws\.com"/);
  expectFinding(await lookAt({ root: 'instance-store' }), 'error', 'guards', /instance store/);
  expectFinding(await lookAt({ tags: { 'ec2-operator': 'off' } }), 'warning', 'guards', /ec2-operator=off/);
  expectFinding(await lookAt({ tags: { 'karpenter.sh/nodepool': 'gpu' } }), 'error', 'guards', /Karpenter/);
  expectFinding(await lookAt({}), 'ok', 'guards', /let an alert stop i-/);
});

test('a machine without its root volume, and one that was just launched', async () => {
  expectFinding(await lookAt({ root: 'detached', state: 'stopped' }), 'error', 'volumes', /no volume attached/);
  expectFinding(await lookAt({ launched: '1m ago' }), 'info', 'guards', /later: .*\(guard min_uptime\)/);
});

test('a permission that is missing for this machine alone', async () => {
  const machines = [
    machine(1, { unauthorized: ['StartInstances'] }),
    machine(2, { tags: { 'ec2-operator': 'allowed' } }),
  ];
  const { findings } = await examined({ machines, hosts: [idOf(1)] });
  const { about } = expectFinding(findings, 'error', 'permissions', /ec2:StartInstances .* is denied/);
  assert.equal(about, idOf(1));
});

test('a machine on which alerts are dry runs, and the machines on which they act', async () => {
  const machines = [machine(1, { tags: { stage: 'prod' } }), machine(2, { tags: { Name: 'dev-1', stage: 'dev' } })];
  const look = async (only: Readonly<Record<string, string>>): Promise<readonly Finding[]> =>
    (await examined({ machines, config: { live: { only } }, hosts: [idOf(1)] })).findings;
  const some = await look({ stage: 'dev' });
  expectFinding(some, 'info', 'live', /^alerts act only on machines with "stage"="dev" \(live\.only\), such as dev-1 /);
  expectFinding(some, 'info', 'live', /^alerts are dry runs on it/);
  const none = await look({ stage: 'd*' });
  expectFinding(none, 'warning', 'live', /^live\.only selects no machine: .* every alert is a dry run/);
  assert.ok(!(await look({})).some(({ check }) => check === 'live'));
});

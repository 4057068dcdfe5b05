/** The doctor on the dead man's switch: each thing that would keep a schedule from being set, or from stopping the machine. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idOf, machine, REGION } from '../support/fleet.ts';
import { ACCOUNTS, addGroup, GROUP, OTHER, OTHER_ROLE, OWN, ROLE } from '../contract/scheduler-site.ts';
import { examined, expectFinding, of, type Patient } from './examined.ts';

process.env['AWS_CONFIG_FILE'] = '/nowhere';

const scheduler = { role_arn: ROLE };

async function diagnosed(changes: Partial<Patient> = {}) {
  return examined({
    machines: [machine(1)],
    accounts: ACCOUNTS,
    config: { leases: { scheduler } },
    prepare: async ({ url }) => addGroup(url, REGION),
    ...changes,
  });
}

function denying(...unauthorized: readonly string[]): NonNullable<Patient['accounts']> {
  return { ...ACCOUNTS, [OWN]: { ...ACCOUNTS[OWN], unauthorized } };
}

test('a switch that would work', async () => {
  const { findings, sandbox } = await diagnosed();
  expectFinding(
    findings,
    'ok',
    'schedules',
    /may be set and removed in the group ec2-operator, with the role arn:aws:iam/,
  );
  assert.deepEqual(of(findings, 'error'), []);
  assert.deepEqual(sandbox.schedules(), [], 'it makes none');
  assert.equal(sandbox.instance(idOf(1)).state, 'running');
});

test('without the setting nothing is asked', async () => {
  const { findings, sandbox } = await diagnosed({ config: {} });
  assert.ok(!findings.some(({ check }) => check === 'schedules'));
  assert.ok(!sandbox.calls.some(({ service, action }) => service === 'scheduler' && action !== 'CreateScheduleGroup'));
});

test('a group that does not exist', async () => {
  const { findings } = await diagnosed({ prepare: async () => Promise.resolve() });
  const { change } = expectFinding(findings, 'error', 'schedules', /group ec2-operator does not exist/);
  assert.match(change ?? '', /create-schedule-group --name ec2-operator/);
});

test('a role that does not exist, or does not trust EventBridge', async () => {
  const { findings } = await diagnosed({ accounts: { ...ACCOUNTS, [OWN]: { keys: ACCOUNTS[OWN].keys } } });
  const { change } = expectFinding(
    findings,
    'error',
    'schedules',
    /must allow AWS EventBridge Scheduler to assume the role/,
  );
  assert.match(change ?? '', /trust-scheduler\.json/);
});

for (const role_arn of [OTHER_ROLE, ROLE.replace('arn:aws:', 'arn:aws-us-gov:')])
  test(`a role of another account or partition: ${role_arn}`, async () => {
    const config = { leases: { scheduler: { role_arn } }, regions: role_arn.includes('gov') ? [] : [REGION] };
    const { findings } = await diagnosed({ config });
    expectFinding(findings, 'error', 'schedules', /is not of the account of arn:aws:iam::123456789012:user/);
  });

for (const [permission, evidence] of [
  ['UpdateSchedule', /scheduler:UpdateSchedule is denied/],
  ['CreateSchedule', /scheduler:CreateSchedule is denied/],
  ['DeleteSchedule', /scheduler:DeleteSchedule is denied/],
  ['PassRole', /iam:PassRole for arn:aws:iam::123456789012:role\/ec2-operator-switch is denied/],
] as const)
  test(`no permission ${permission}`, async () => {
    const { findings } = await diagnosed({ accounts: denying(permission) });
    const { change } = expectFinding(findings, 'error', 'schedules', evidence);
    assert.match(change ?? '', /scheduler-policy\.json/);
  });

test('a group that the identity may not look for is no error', async () => {
  const { findings } = await diagnosed({ accounts: denying('GetScheduleGroup') });
  expectFinding(findings, 'info', 'schedules', /could not be checked/);
});

test('an EventBridge that does not answer', async () => {
  const { findings } = await diagnosed({ fault: { kind: 'reset', action: 'GetScheduleGroup' } });
  expectFinding(findings, 'error', 'schedules', /ClientConnection/);
});

test('each account is asked with its role, in each of its regions', async () => {
  const role_arn = `arn:aws:iam::${OTHER}:role/ec2-operator`;
  const accounts = [{ name: 'research', role_arn, regions: ['us-east-1', 'us-west-2'] }];
  const { findings, sandbox } = await diagnosed({ config: { leases: { scheduler }, accounts } });
  for (const region of ['us-east-1', 'us-west-2']) {
    const finding = findings.find(({ check, about }) => check === 'schedules' && about === `research in ${region}`);
    assert.match(finding?.evidence ?? '', new RegExp(`the schedule group ${GROUP} does not exist`));
  }
  assert.ok(sandbox.calls.some(({ action, account }) => action === 'GetScheduleGroup' && account === OTHER));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from './config/load.ts';
import { scheduleSettings } from './settings.ts';

test('a schedule has the role of its own account: of the same path and name, in that account and partition', () => {
  const config = loadConfig(
    {},
    `
accounts:
  - { name: research, role_arn: 'arn:aws:iam::210987654321:role/ec2-operator', regions: [us-east-1] }
  - { name: beijing, role_arn: 'arn:aws-cn:iam::321098765432:role/x/y', regions: [cn-north-1] }
leases: { scheduler: { role_arn: 'arn:aws:iam::123456789012:role/teams/switch' } }
`,
  );
  const settings = scheduleSettings(config);
  assert.equal(settings?.group, 'ec2-operator');
  assert.deepEqual(
    [{}, { region: 'eu-central-1' }, { account: 'research' }, { account: 'beijing', region: 'cn-north-1' }].map(
      (place) => settings.roleArnIn(place),
    ),
    [
      'arn:aws:iam::123456789012:role/teams/switch',
      'arn:aws:iam::123456789012:role/teams/switch',
      'arn:aws:iam::210987654321:role/teams/switch',
      'arn:aws-cn:iam::321098765432:role/teams/switch',
    ],
  );
});

test('without the setting there are no schedules', () => {
  assert.equal(scheduleSettings(loadConfig({})), undefined);
});

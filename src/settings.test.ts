import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPrices } from './domain/price.ts';
import { loadConfig } from './config/load.ts';
import { TOLD_BY_DEFAULT } from './domain/notice.ts';
import { scheduleSettings, tellingSettings } from './settings.ts';

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

test('a channel is told the kinds that it names, about its machines, and not in its quiet hours', () => {
  const config = loadConfig(
    {},
    `
zone: Europe/Berlin
channels:
  - { name: bus, webhook: { url: 'http://127.0.0.1:9/' } }
  - { name: ml, webhook: { url: 'http://127.0.0.1:9/' }, only: { team: ml }, tell: [failed], quiet_hours: '22:00-07:00' }
escalate: [{ undelivered: 5m, to: bus }, { held: 3, within: 7d, to: bus }]
prices: { g5.xlarge: 1.5 }
`,
  );
  assert.deepEqual(tellingSettings(config), {
    owners: { tags: ['owner', 'Owner'], email: '{owner}', domains: [] },
    prices: { ...createPrices({ configured: new Map([['g5.xlarge', 1.5]]) }), pricingApi: true },
    escalations: [
      { to: 'bus', undeliveredMs: 300_000 },
      { to: 'bus', held: 3, withinMs: 7 * 24 * 3_600_000 },
    ],
    channels: [
      { name: 'bus', kind: 'webhook', tells: new Set(TOLD_BY_DEFAULT), toOwner: false, quietHours: [] },
      {
        name: 'ml',
        kind: 'webhook',
        only: { team: 'ml' },
        tells: new Set(['failed']),
        toOwner: false,
        quietHours: [
          {
            from: 22 * 60,
            to: 7 * 60,
            kind: 'forbid',
            verbs: ['start', 'stop'],
            days: [1, 2, 3, 4, 5, 6, 7],
            zone: 'Europe/Berlin',
          },
        ],
      },
    ],
  });
});

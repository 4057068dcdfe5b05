import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { loadConfig } from './load.ts';
import { showConfig } from './show.ts';

const SECRET = 'canary-0123456789abcdef';
const SHA256 = 'c0ffee'.repeat(11).slice(0, 64);

/** Every setting that may hold a secret, the way to one, or whom the server believes. */
const CONFIG = `
host: 192.0.2.7
auth_token: ${SECRET}
database_url: postgres://operator:${SECRET}@db.example/ec2
tokens:
  - { name: canary-holder, scopes: [admin], sha256: ${SHA256} }
  - { name: other, scopes: [read], file: /run/secrets/${SECRET} }
grafana_hmac: { secret: ${SECRET} }
trusted_proxies: [198.51.100.7]
accounts:
  - { name: research, role_arn: 'arn:aws:iam::123456789012:role/canary', external_id: ${SECRET}, regions: [eu-central-1], endpoint: 'https://canary.example' }
alertmanager: { url: 'http://alertmanager:9093', token_file: /run/secrets/${SECRET} }
public_url: https://ec2.example.com
leases: { scheduler: { role_arn: 'arn:aws:iam::123456789012:role/canary' } }
smtp: { url_file: /run/secrets/${SECRET}, from: canary@example.com }
owners: { domains: [example.com] }
channels:
  - { name: ml, slack: { webhook_url_file: /run/secrets/${SECRET} }, only: { team: ml } }
  - { name: phone, ntfy: { url: 'https://ntfy.example', topic: ${SECRET}, token_file: /run/secrets/${SECRET} } }
  - { name: bus, webhook: { url: 'https://bus.example/${SECRET}', secret_file: /run/secrets/${SECRET} }, quiet_hours: '22:00-07:00' }
  - { name: owners, email: { to: owner } }
  - { name: admins, email: { to: [canary@example.com] } }
guards:
  spot: off
  windows: [{ allow: '22:00-06:30', days: [mon, tue], zone: Europe/Berlin, only: { stage: dev } }]
warn: { before: 20m }
prices: { g5.xlarge: 0.5 }
aws: { endpoints: { eu-central-1: 'https://canary.example' } }
`;

test('shows what is in force, and nothing that helps an attacker', () => {
  const { settings, leftOut } = showConfig(loadConfig({}, CONFIG));
  const text = stringify({ settings, leftOut });
  for (const hidden of [
    'canary',
    SHA256,
    '/run/secrets',
    '123456789012',
    '198.51.100.7',
    '192.0.2.7',
    'db.example',
    'bus.example',
  ])
    assert.doesNotMatch(text, new RegExp(hidden), hidden);
  assert.deepEqual(settings['accounts'], [{ name: 'research', regions: ['eu-central-1'] }]);
  assert.deepEqual(settings['warn'], { before: '20m', always: false, if_undelivered: 'wait', again: undefined });
  const written = stringify(settings);
  assert.match(written, /spot: off\n/);
  assert.match(written, /allow: 22:00-06:30\n {6}days:\n {8}- mon\n {8}- tue/);
  assert.match(written, /- name: ml\n {4}kind: slack\n {4}only:\n {6}team: ml/);
  assert.match(written, /min_uptime: 1h\n/);
  assert.match(written, /g5\.xlarge: 0\.5\n/);
  assert.equal(leftOut['database_url'], 'a secret');
});

test('settings that are not set, and have no default, are missing', () => {
  const { settings } = showConfig(loadConfig({}));
  assert.equal('alertmanager' in settings, false);
  assert.equal('public_url' in settings, false);
  assert.deepEqual(settings['channels'], []);
});

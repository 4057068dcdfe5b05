/** What is accepted must serve: each of these was accepted once, and failed at the start or at the first alert. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfigError, loadConfig } from './load.ts';

const REFUSED: readonly (readonly [file: string, path: RegExp, why: RegExp])[] = [
  ['guards: { windows: [{ allow: "22:00-06:00", zone: IST }] }', /windows/, /IANA time zone/],
  ['guards: { windows: [{ allow: "22:00-06:00", zone: PST8PDT4 }] }', /windows/, /IANA time zone/],
  ['guards: { windows: [{ forbid: "00:00-24:00" }] }', /windows/, /leave some time to start machines/],
  ['guards: { windows: [{ forbid: "08:00-08:00", verbs: [stop] }] }', /windows/, /leave some time to stop machines/],
  [
    'guards: { windows: [{ allow: "08:00-10:00" }, { forbid: "07:00-11:00" }] }',
    /windows/,
    /leave some time to start machines/,
  ],
  ['give_up_after: { stop: 0s }', /give_up_after/, /from 1s to 36500d/],
  ['give_up_after: { start: 0.5ms }', /give_up_after/, /from 1s/],
  ['verify_for: { stop: 10ms }', /verify_for/, /from 1s/],
  ['retention: 0s\nguards: { fleet_limit: off, flapping: off }', /retention/, /from 1h/],
  ['retention: 104249990d', /retention/, /a duration with a unit/],
  ['aws: { request_timeout: 30d }', /request_timeout/, /from 100ms to 10m/],
  ['aws: { connect_timeout: 0s }', /connect_timeout/, /from 100ms to 10m/],
  ['guards: { fleet_limit: { per: 0s } }', /fleet_limit/, /from 1s/],
  ['guards: { flapping: { per: 0ms } }', /flapping/, /from 1s/],
  ['grafana_hmac: { secret: sixteen-characters, tolerance: 0s }', /tolerance/, /from 1s to 1d/],
  [
    'grafana_hmac: { secret: sixteen-characters, header: X-Time, timestamp_header: x-time }',
    /timestamp_header/,
    /a header other than/,
  ],
  ['regions: [eu-west-1, us-east-1, eu-west-1]', /regions/, /once, got "eu-west-1" again/],
  [
    `accounts: [${['a', 'a'].map((name) => `{ name: ${name}, role_arn: "arn:aws:iam::210987654321:role/x", regions: [eu-west-1] }`).join()}]`,
    /accounts/,
    /once, got "a" again/,
  ],
  ['hosts: { GPU-1: 10.0.0.1, gpu-1: 10.0.0.2 }', /hosts/, /got "gpu-1" again/],
  ['host: http://0.0.0.0', /host/, /an address to listen on/],
  ['host: 0.0.0.0:8080', /host/, /an address to listen on/],
  ['host: 10.0.0', /host/, /an address to listen on/],
  ['host: ""', /host/, /an address to listen on/],
  ['port: "0x50"', /port/, /0 to 65535/],
  ['port: 1e9', /port/, /0 to 65535/],
  ['port: true', /port/, /0 to 65535/],
  ['port: null', /port/, /0 to 65535/],
  ['port: ""', /port/, /0 to 65535/],
  ['port: 80.5', /port/, /0 to 65535/],
  ['port: "99999"', /port/, /0 to 65535/],
  ['guards: { require_tag: { key: ec2-operator, value: "Off" } }', /require_tag\.value/, /a value other than "Off"/],
  ['guards: { opt_out: { off: [no], stop_only: ["no"] } }', /opt_out\.stop_only/, /one thing, got "no" again/],
  ['guards: { opt_out: { stop_only: [x], start_only: [y, x] } }', /opt_out\.start_only/, /one thing, got "x" again/],
  ['labels: { region: hostname }', /labels\.region/, /has no other meaning, got "hostname"/],
  ['labels: { region: place, account: place }', /labels\.account/, /has no other meaning, got "place"/],
  ['labels: { client: ec2_region }', /labels\.client/, /has no other meaning/],
  [
    'accounts: [{ name: a, role_arn: "arn:aws:iam::210987654321:role/x", regions: [eu-west-1, cn-north-1] }]',
    /accounts, 1st entry, regions, 2nd entry/,
    /role's partition aws, got "cn-north-1"/,
  ],
  [
    'accounts: [{ name: a, role_arn: "arn:aws-us-gov:iam::210987654321:role/x", regions: [eu-west-1] }]',
    /regions, 1st entry/,
    /partition aws-us-gov/,
  ],
  [
    'alertmanager: { url: "http://alertmanager:9093/api/v2/alerts" }',
    /alertmanager\.url/,
    /without \/api\/v1 or \/api\/v2/,
  ],
  ['prometheus: { url: "https://mimir/prometheus/api/v1/" }', /prometheus\.url/, /without \/api\/v1 or \/api\/v2/],
  ['leases: { scheduler: {} }', /leases\.scheduler\.role_arn/, /./],
  ['leases: { scheduler: { role_arn: ec2-operator } }', /leases\.scheduler\.role_arn/, /the ARN of an IAM role/],
  [
    'leases: { scheduler: { role_arn: "arn:aws:iam::210987654321:role/x", group: "a b" } }',
    /leases\.scheduler\.group/,
    /letters, digits, dots/,
  ],
  [
    'regions: [cn-north-1]\nleases: { scheduler: { role_arn: "arn:aws:iam::210987654321:role/x" } }',
    /leases\.scheduler\.role_arn/,
    /a role of the partition of the region "cn-north-1"/,
  ],
  ['data_dir: "a\\0b"', /data_dir/, /expected a path/],
  ['database_url: postgres://operator:50%@db/x', /database_url/, /percent-encoded/],
  ['database_url: "postgres://operator:p@ss:w/rd@db:port/x"', /database_url/, /percent-encoded/],
];

describe('refused', () => {
  for (const [file, path, why] of REFUSED) {
    test(file, () => {
      assert.throws(
        () => loadConfig({}, file),
        (error) =>
          error instanceof ConfigError && error.problems.some((problem) => path.test(problem) && why.test(problem)),
      );
    });
  }
});

describe('still accepted', () => {
  for (const file of [
    'guards: { windows: [{ forbid: "00:00-24:00", verbs: [stop], only: { stage: prod } }] }',
    'guards: { windows: [{ allow: "22:00-22:00", zone: asia/kolkata }] }',
    'guards: { min_uptime: 0s }',
    'port: "8080"',
    'host: "[::1]"',
    'host: operator.internal.',
    'host: "fe80::1%eth0"',
    'database_url: postgres://operator:p%40ss@db:5432/x?sslmode=require',
    'give_up_after: { stop: 36500d }',
    'aws: { request_timeout: 10m }',
    'labels: { region: region, account: account, client: client }',
    'accounts: [{ name: a, role_arn: "arn:aws-cn:iam::210987654321:role/x", regions: [cn-north-1] }]',
    'accounts: [{ name: a, role_arn: "arn:aws-eusc:iam::210987654321:role/x", regions: [eusc-de-east-1] }]',
    'regions: [cn-north-1]\nleases: { scheduler: { role_arn: "arn:aws-cn:iam::210987654321:role/teams/x" } }',
    'alertmanager: { url: "http://grafana:3000/api/alertmanager/grafana" }',
    'prometheus: { url: "https://thanos/api/prom" }',
    'guards: { require_tag: { key: ec2-operator, value: stop-only } }',
  ])
    test(file, () => assert.doesNotThrow(() => loadConfig({}, file)));
});

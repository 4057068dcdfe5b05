import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { checkAlertmanager } from './alertmanager-checks.ts';
import { parseStatus, type AlertmanagerConfig } from './alertmanager-config.ts';
import type { Labels } from '../domain/label-set.ts';
import { routesFor } from './alertmanager-route.ts';

function read(config: object): AlertmanagerConfig {
  return parseStatus({ config: { original: stringify(config) }, versionInfo: { version: '0.34.0' } }).config;
}

/** Where an alert with these labels ends, by the names of the receivers. */
function receiversOf(route: object, labels: Labels): readonly string[] {
  return routesFor(read({ route, receivers: [] }).route, labels).map(({ receiver }) => receiver);
}

describe('which routes an alert takes', () => {
  const matching = (written: object, labels: Labels): boolean =>
    receiversOf({ receiver: 'none', routes: [{ receiver: 'one', ...written }] }, labels).includes('one');

  test('a matcher has four operators, and a missing label is empty', () => {
    for (const [matcher, yes, no] of [
      ['a="b"', { a: 'b' }, { a: 'bc' }],
      ['a!="b"', {}, { a: 'b' }],
      ['a=~"b|c"', { a: 'c' }, { a: 'cc' }],
      ['a!~"b.*"', { a: 'ab' }, { a: 'bb' }],
      ['a=""', {}, { a: 'x' }],
      ['a = b', { a: 'b' }, { a: 'c' }],
      ['{a="b",c=~"d.+"}', { a: 'b', c: 'de' }, { a: 'b', c: 'd' }],
      ['a="b, \\"c\\""', { a: 'b, "c"' }, { a: 'b' }],
      ['"a.b"="c"', { 'a.b': 'c' }, { a: 'c' }],
      ['a=~"(?i)stop"', { a: 'STOP' }, { a: 'STOPS' }],
    ] as const) {
      assert.ok(matching({ matchers: [matcher] }, yes), `${matcher} should match ${JSON.stringify(yes)}`);
      assert.ok(!matching({ matchers: [matcher] }, no), `${matcher} should not match ${JSON.stringify(no)}`);
    }
  });

  test('match and match_re are older forms of matchers', () => {
    assert.ok(matching({ match: { a: 'b' }, match_re: { c: 'd|e' } }, { a: 'b', c: 'e' }));
    assert.ok(!matching({ match: { a: 'b' }, match_re: { c: 'd|e' } }, { a: 'b', c: 'f' }));
  });

  test('the first match at each level takes the alert, unless it continues', () => {
    const route = {
      receiver: 'root',
      routes: [
        { receiver: 'seen', match: { action: 'stop' }, continue: true },
        { match: { action: 'stop' }, routes: [{ receiver: 'deep', match: { alertname: 'UnusedGPU' } }] },
        { receiver: 'late', match: { action: 'stop' } },
      ],
    };
    assert.deepEqual(receiversOf(route, { action: 'stop', alertname: 'UnusedGPU' }), ['seen', 'deep']);
    assert.deepEqual(receiversOf(route, { action: 'stop' }), ['seen', 'root']);
    assert.deepEqual(receiversOf(route, { action: 'start' }), ['root']);
  });

  test('children inherit, and durations have several units', () => {
    const { route } = read({
      route: { receiver: 'root', group_by: ['a'], repeat_interval: '1d12h', routes: [{ group_interval: '1m30s' }] },
      receivers: [],
    });
    const [child] = route.routes;
    assert.partialDeepStrictEqual(child, {
      receiver: 'root',
      groupBy: ['a'],
      repeatIntervalMs: 129_600_000,
      groupIntervalMs: 90_000,
      groupWaitMs: 30_000,
      path: 'route.routes[0]',
    });
  });

  test('an unreadable matcher matches nothing, and is reported', () => {
    const config = read({
      route: { receiver: 'r', routes: [{ receiver: 'x', matchers: ['a=~"(?P<n>b"'] }] },
      receivers: [],
    });
    assert.deepEqual(
      routesFor(config.route, { a: 'b' }).map(({ receiver }) => receiver),
      ['r'],
    );
    const found = checkAlertmanager(config, { needsToken: false });
    assert.ok(found.some(({ evidence, severity }) => severity === 'info' && evidence.includes('could not be read')));
  });
});

describe('an Alertmanager that hides URLs', () => {
  const receivers = [
    { name: 'people', webhook_configs: [{ url: '<secret>', http_config: { authorization: { type: 'Bearer' } } }] },
    { name: 'machines', webhook_configs: [{ url: '<secret>', http_config: { basic_auth: { username: 'a' } } }] },
  ];
  const config = read({
    route: { receiver: 'people', routes: [{ receiver: 'machines', matchers: ['action="stop"'] }] },
    receivers,
  });
  const rules = [{ name: 'machines/UnusedGPU', alerts: [{ action: 'stop' }] }];

  test('the receiver of the alerts may be ec2-operator, but it is not certain', () => {
    const findings = checkAlertmanager(config, { needsToken: true, rules });
    assert.deepEqual(
      findings.filter(({ severity }) => severity === 'error'),
      [],
    );
    const route = findings.find(({ about }) => about === 'machines/UnusedGPU');
    assert.equal(route?.severity, 'info');
    assert.match(route.evidence, /goes to machines by route\.routes\[0\]; whether that is ec2-operator/);
  });

  test('a receiver named after ec2-operator is taken to be it', () => {
    const named = read({
      route: { receiver: 'people' },
      receivers: [...receivers, { ...receivers[1], name: 'ec2-operator' }],
    });
    const findings = checkAlertmanager(named, { needsToken: true, rules });
    assert.ok(
      findings.some(({ evidence, severity }) => severity === 'error' && /no route leads this alert/.test(evidence)),
    );
  });

  test('without rules, no receiver is recognized', () => {
    const findings = checkAlertmanager(config, { needsToken: true });
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== 'info'),
      [],
    );
  });
});

test('grouping by labels that no alert has does not group', () => {
  const look = (groupBy: readonly string[]): readonly string[] => {
    const url = 'https://ec2-operator/operateHostname';
    const config = read({
      route: { receiver: 'r', group_by: groupBy },
      receivers: [{ name: 'r', webhook_configs: [{ url }] }],
    });
    const rules = [{ name: 'g/UnusedGPU', alerts: [{ alertname: 'UnusedGPU', action: 'stop' }] }];
    const findings = checkAlertmanager(config, { needsToken: false, rules });
    return findings.filter(({ evidence }) => /one group|every alert/.test(evidence)).map(({ severity }) => severity);
  };
  assert.deepEqual(look(['namespace']), ['warning']);
  assert.deepEqual(look([]), ['warning']);
  assert.deepEqual(look(['...']), ['info']);
  assert.deepEqual(look(['namespace', 'alertname']), []);
});

test('each way to authorize counts', () => {
  for (const http of [
    { authorization: { type: 'Bearer', credentials: '<secret>' } },
    { basic_auth: { username: 'a', password: '<secret>' } },
    { oauth2: { client_id: 'a' } },
    { bearer_token: '<secret>' },
    { http_headers: { Authorization: { secrets: ['<secret>'] } } },
    { tls_config: { cert_file: '/tls.crt', insecure_skip_verify: false } },
  ]) {
    const url = 'https://ec2-operator/operateInstance';
    const [webhook] = read({
      route: { receiver: 'r' },
      receivers: [{ name: 'r', webhook_configs: [{ url, http_config: http }] }],
    }).webhooks;
    assert.deepEqual([webhook?.authorizes, webhook?.leadsTo], [true, 'instance'], JSON.stringify(http));
  }
});

test('an answer that is no status of Alertmanager is refused', () => {
  assert.throws(() => parseStatus({ status: 'ok' }), /expected the status of Alertmanager/);
  assert.throws(
    () => parseStatus({ config: { original: 'route: 1\nreceivers: 2' }, versionInfo: { version: '1' } }),
    /cannot be read/,
  );
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  intend,
  parseDryRun,
  parseRequest,
  VERBS,
  workKey,
  type Asked,
  type Intent,
  type RawRequest,
} from './intent.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const CONTEXT = { route: 'hostname', defaultClient: 'native', now: NOW } as const;
const LABELS = { alertname: 'IdleGPU', hostname: 'gpu-1', action: 'stop', client: 'cli', dryrun: 'false' };
const ALERT = {
  status: 'firing',
  labels: LABELS,
  startsAt: '2026-11-22T10:00:00.000000001Z',
  fingerprint: '3fa9c07d1be2a655',
};

describe('an alert becomes an intent', () => {
  test('with everything its labels say, and why', () => {
    const labels = { ...LABELS, region: 'eu-central-1', account: 'ml-prod' };
    assert.deepEqual(intend({ ...ALERT, labels }, CONTEXT), {
      outcome: 'intent',
      fingerprint: '3fa9c07d1be2a655',
      intent: {
        verb: 'stop',
        target: { kind: 'name', name: 'gpu-1', text: 'gpu-1' },
        client: 'cli',
        dryRun: false,
        region: 'eu-central-1',
        account: 'ml-prod',
        cause: {
          by: 'alert',
          fingerprint: '3fa9c07d1be2a655',
          alertname: 'IdleGPU',
          beganAt: Date.parse('2026-11-22T10:00:00Z'),
          episode: 'stop|cli|wet|ml-prod|eu-central-1|name|gpu-1|3fa9c07d1be2a655|2026-11-22T10:00:00.000000001Z',
        },
      },
    });
  });

  test('with the default client, and as a dry run, where the labels do not say', () => {
    for (const defaultClient of ['native', 'cli'] as const) {
      const labels = { hostname: 'gpu-1', action: 'start' };
      const { verb, client, dryRun } = intentOf({ ...ALERT, labels }, { ...CONTEXT, defaultClient });
      assert.deepEqual([verb, client, dryRun], ['start', defaultClient, true]);
    }
  });

  test('without an episode, as of now, where the sender does not date its alerts', () => {
    const { cause } = intentOf({ ...ALERT, startsAt: '0001-01-01T00:00:00Z' });
    assert.deepEqual(cause, { by: 'alert', fingerprint: '3fa9c07d1be2a655', alertname: 'IdleGPU', beganAt: NOW });
  });

  test('with a name of the alert that is text, and short', () => {
    for (const [alertname, kept] of [
      ['x'.repeat(500), 'x'.repeat(200)],
      [7, ''],
      [undefined, ''],
    ] as const) {
      const { cause } = intentOf({ ...ALERT, labels: { ...LABELS, alertname } });
      assert.ok(cause.by === 'alert');
      assert.equal(cause.alertname, kept);
    }
  });
});

describe('an episode', () => {
  test('is the same for every notification of it, in whatever time zone', () => {
    assert.equal(episodeOf({ ...ALERT, annotations: { value: '1' } }), episodeOf(ALERT));
    assert.equal(episodeOf({ ...ALERT, startsAt: '2026-11-22T11:00:00.000000001+01:00' }), episodeOf(ALERT));
    assert.equal(episodeOf({ ...ALERT, labels: { ...LABELS, hostname: 'GPU-1:9835' } }), episodeOf(ALERT));
  });

  test('ends with another start, alert, verb, machine, client or kind of run', () => {
    const others = [
      { ...ALERT, startsAt: '2026-11-22T10:00:00.000000002Z' },
      { ...ALERT, fingerprint: '3fa9c07d1be2a656' },
      ...[
        { action: 'start' },
        { hostname: 'gpu-2' },
        { client: 'native' },
        { dryrun: 'true' },
        { region: 'eu-west-1' },
      ].map((change) => ({ ...ALERT, labels: { ...LABELS, ...change } })),
    ];
    assert.equal(new Set([ALERT, ...others].map(episodeOf)).size, others.length + 1);
  });
});

describe('an alert is not acted on', () => {
  for (const [reason, change] of [
    ['resolved', { status: 'resolved' }],
    ['test_alert', { labels: { ...LABELS, alertname: 'TestAlert' } }],
    ['no_data', { labels: { ...LABELS, alertname: 'DatasourceNoData' } }],
    ['datasource_error', { labels: { ...LABELS, alertname: 'DatasourceError' } }],
    ['resolved', { status: 'resolved', labels: {} }],
    ['invalid_status', { status: undefined }],
    ['invalid_alert', { labels: undefined }],
    ['invalid_alert', { startsAt: 'soon' }],
    ['invalid_action', { labels: { ...LABELS, action: 'Stop' } }],
    ['invalid_action', { labels: { ...LABELS, action: 'reboot' } }],
    ['invalid_action', { labels: { ...LABELS, action: ['stop'] } }],
    ['invalid_client', { labels: { ...LABELS, client: 'CLI' } }],
    ['invalid_target', { labels: { ...LABELS, hostname: '10.0.*' } }],
    ['invalid_target', { labels: { ...LABELS, hostname: 10 } }],
    ['invalid_target', { labels: { action: 'stop', instance_id: 'i-0123456789abcdef0' } }],
    ['invalid_place', { labels: { ...LABELS, region: 'eu-central-1.evil.example' } }],
    ['invalid_place', { labels: { ...LABELS, region: 'EU-CENTRAL-1' } }],
    ['invalid_place', { labels: { ...LABELS, account: 'arn:aws:iam::1:role/x' } }],
  ] as const) {
    test(`${reason}: ${JSON.stringify(change)}`, () => {
      const intended = intend({ ...ALERT, ...change }, CONTEXT);
      assert.ok(intended.outcome !== 'intent');
      assert.equal(intended.outcome, reason.startsWith('invalid') ? 'invalid' : 'ignored');
      assert.equal(intended.reason, reason);
      assert.equal(intended.fingerprint, '3fa9c07d1be2a655');
    });
  }
});

test('the instance route reads instance_id, then instance, and never a host name', () => {
  const context = { ...CONTEXT, route: 'instance' } as const;
  const id = 'i-0123456789abcdef0';
  for (const labels of [{ instance_id: id, instance: '10.0.1.5:9835' }, { instance: id }]) {
    const { target } = intentOf({ ...ALERT, labels: { ...LABELS, ...labels } }, context);
    assert.deepEqual(target, { kind: 'instance', id, text: id });
  }
  for (const labels of [{}, { instance: 'gpu-1:9835' }, { instance_id: 'gpu-1', instance: id }]) {
    const intended = intend({ ...ALERT, labels: { ...LABELS, ...labels } }, context);
    assert.ok(intended.outcome === 'invalid');
    assert.equal(intended.reason, 'invalid_target');
  }
});

test('never throws, and intends nothing that was not clearly asked for, whatever JSON came', () => {
  const word = fc.oneof(fc.constantFrom('stop', 'start', 'native', 'cli', 'false', 'gpu-1', '*', ''), fc.jsonValue());
  const labels = fc.record(
    { action: word, hostname: word, client: word, dryrun: word, region: word, account: word, alertname: word },
    { requiredKeys: [] },
  );
  const alert = fc.record(
    {
      status: fc.oneof(fc.constantFrom('firing', 'resolved'), fc.jsonValue()),
      labels: fc.oneof(labels, fc.jsonValue()),
      startsAt: fc.oneof(fc.constant(ALERT.startsAt), fc.jsonValue()),
      fingerprint: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof({ weight: 3, arbitrary: alert }, fc.jsonValue()), (entry) => {
      const intended = intend(entry, CONTEXT);
      assert.match(intended.fingerprint, /^[\w-]{0,64}$/);
      if (intended.outcome !== 'intent') assert.match(intended.message, /^[\x20-\x7e]{1,400}$/);
      else assertAskedFor(entry, intended.intent);
    }),
    { numRuns: 2_000 },
  );
});

test('does not follow a label into its depth', () => {
  let deep: unknown = 'gpu-1';
  for (let level = 0; level < 100_000; level += 1) deep = { deep };
  for (const key of ['hostname', 'action', 'client', 'dryrun', 'region', 'account', 'other']) {
    const intended = intend({ status: 'firing', labels: { ...LABELS, [key]: deep }, startsAt: deep }, CONTEXT);
    assert.equal(intended.outcome, 'invalid');
  }
});

test('a run is dry unless one of the words for false that Go knows says otherwise', () => {
  const no = ['0', 'f', 'F', 'false', 'FALSE', 'False'];
  assert.deepEqual(
    no.map(parseDryRun),
    no.map(() => false),
  );
  const other = fc.oneof(
    fc.constantFrom(undefined, false, 0, null, '', 'maybe', 'no', 'off', 'fALSE', ' false', 'false\n', '00', '-0', [
      'false',
    ]),
    fc.string(),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(other, (value) => {
      fc.pre(!no.some((word) => word === value));
      assert.equal(parseDryRun(value), true);
    }),
  );
});

describe('a request by a person', () => {
  const raw: RawRequest = {
    target: 'gpu-1',
    targetSource: 'the parameter hostname',
    action: 'start',
    client: undefined,
    dryrun: undefined,
    region: '',
    account: '',
  };

  test('follows the same rules', () => {
    assert.deepEqual(parseRequest(raw, CONTEXT), {
      ok: true,
      value: {
        verb: 'start',
        client: 'native',
        target: { kind: 'name', name: 'gpu-1', text: 'gpu-1' },
        dryRun: true,
      },
    });
  });

  test('is told which parameter is missing', () => {
    const asked = parseRequest({ ...raw, target: undefined }, CONTEXT);
    assert.ok(!asked.ok);
    assert.equal(
      asked.message,
      'expected the parameter hostname to name the machine by a host name or IP address, got nothing',
    );
  });
});

test('work has one key for one verb, client, run, place and machine', () => {
  const base: Asked = {
    verb: 'stop',
    client: 'cli',
    dryRun: false,
    target: { kind: 'name', name: 'gpu-1', text: 'gpu-1' },
  };
  const others: Asked[] = [
    { ...base, verb: 'start' },
    { ...base, client: 'native' },
    { ...base, dryRun: true },
    { ...base, account: 'ml' },
    { ...base, region: 'eu-west-1' },
    { ...base, only: { team: 'ml' } },
    { ...base, only: { team: 'web' } },
    { ...base, target: { kind: 'name', name: 'gpu-2', text: 'gpu-2' } },
    { ...base, target: { kind: 'address', address: { family: 4, text: '10.0.1.5' }, text: 'x' } },
    { ...base, target: { kind: 'address', address: { family: 4, text: '10.0.1.5' }, region: 'eu-west-1', text: 'x' } },
    { ...base, target: { kind: 'instance', id: 'i-0123456789abcdef0', text: 'x' } },
  ];
  assert.equal(new Set([base, ...others].map(workKey)).size, others.length + 1);
  const respelled = { ...base, target: { ...base.target, text: 'GPU-1:9835' } };
  assert.equal(workKey(respelled), workKey(base));
});

function assertAskedFor(entry: unknown, intent: Intent): void {
  const { status, labels } = entry as { status: unknown; labels: Record<string, unknown> };
  assert.equal(status, 'firing');
  assert.equal(
    intent.verb,
    VERBS.find((verb) => verb === labels['action']),
  );
  assert.equal(intent.target.text, String(labels['hostname']).trim());
  assert.equal(intent.dryRun, parseDryRun(labels['dryrun']));
}

function intentOf(entry: unknown, context: Parameters<typeof intend>[1] = CONTEXT): Intent {
  const intended = intend(entry, context);
  assert.ok(intended.outcome === 'intent', JSON.stringify(intended));
  return intended.intent;
}

function episodeOf(entry: unknown): string | undefined {
  const { cause } = intentOf(entry);
  return cause.by === 'alert' ? cause.episode : undefined;
}

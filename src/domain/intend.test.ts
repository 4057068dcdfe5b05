import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { intend } from './intend.ts';
import { parseDryRun, VERBS, type Intent } from './intent.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const CONTEXT = { route: 'hostname', defaultClient: 'native', labels: {}, now: NOW } as const;
const LABELS = { alertname: 'IdleGPU', hostname: 'gpu-1', action: 'stop', client: 'cli', dryrun: 'false' };
const ALERT = {
  status: 'firing',
  labels: LABELS,
  startsAt: '2026-11-22T10:00:00.000000001Z',
  fingerprint: '3fa9c07d1be2a655',
};

describe('an alert becomes an intent', () => {
  test('with everything its labels say, and why', () => {
    const labels = { ...LABELS, ec2_region: 'eu-central-1', ec2_account: 'ml-prod' };
    assert.deepEqual(intend({ ...ALERT, labels }, CONTEXT), {
      outcome: 'intent',
      fingerprint: '3fa9c07d1be2a655',
      alertname: 'IdleGPU',
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
      signs: { startsAt: Date.parse('2026-11-22T10:00:00Z') },
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
        { ec2_region: 'eu-west-1' },
      ].map((change) => ({ ...ALERT, labels: { ...LABELS, ...change } })),
    ];
    assert.equal(new Set([ALERT, ...others].map(episodeOf)).size, others.length + 1);
  });
});

describe('on_resolved', () => {
  const labels = { ...LABELS, action: 'start', on_resolved: 'stop' };
  const resolved = { ...ALERT, labels, status: 'resolved', endsAt: '2026-11-22T11:00:00.5Z' };

  test('makes an intent of a resolved alert: the machine and all else as for the firing one, the verb and the time its own', () => {
    const firing = intentOf({ ...ALERT, labels });
    const intent = intentOf(resolved);
    assert.deepEqual(intent, {
      ...firing,
      verb: 'stop',
      cause: {
        ...firing.cause,
        beganAt: Date.parse('2026-11-22T11:00:00.5Z'),
        episode: 'stop|cli|wet|||name|gpu-1|3fa9c07d1be2a655|2026-11-22T10:00:00.000000001Z',
        resolved: true,
        firedAt: Date.parse('2026-11-22T10:00:00Z'),
        heardAt: NOW,
      },
    });
    const { cause: _, ...asked } = intentOf({ ...resolved, labels: { ...labels, action: undefined } });
    assert.deepEqual(
      asked,
      { ...asked, verb: 'stop', dryRun: false, client: 'cli' },
      'the action is not needed for it',
    );
  });

  for (const endsAt of [undefined, null, '', '0001-01-01T00:00:00Z', '2026-11-22T13:00:00Z']) {
    test(`with an end at ${String(endsAt)} counts as of now`, () => {
      assert.equal(intentOf({ ...resolved, endsAt }).cause.beganAt, NOW);
    });
  }

  test('that is neither start nor stop does not cost a firing alert its action, and is told', () => {
    const wrong = { ...ALERT, labels: { ...LABELS, on_resolved: 'reboot' } };
    const intended = intend(wrong, CONTEXT);
    assert.ok(intended.outcome === 'intent');
    assert.equal(intended.warning, 'expected on_resolved to be start or stop, got "reboot"');
    assert.deepEqual(intended.intent, intentOf(ALERT));
  });
});

describe('a notification ends', () => {
  const ends = (entry: unknown): string | undefined => intend(entry, CONTEXT).ends?.episode;
  const demand = { ...ALERT, labels: { ...LABELS, action: 'start', on_resolved: 'stop' } };

  test('the episode of the same alert while it fired, when it is resolved', () => {
    assert.equal(ends({ ...ALERT, status: 'resolved', endsAt: 'whatever' }), episodeOf(ALERT));
    assert.equal(
      ends({ ...demand, status: 'resolved' }),
      episodeOf(demand),
      'also when being resolved asks for something of its own',
    );
    assert.equal(
      ends({ ...ALERT, status: 'resolved', labels: { ...LABELS, on_resolved: 'reboot' } }),
      episodeOf(ALERT),
      'also when it asks for something that there is not',
    );
    assert.match(
      intend({ ...ALERT, status: 'resolved' }, CONTEXT).ends?.message ?? '',
      /^the alert "IdleGPU" \(3fa9c07d1be2a655\) was resolved$/,
    );
  });

  test('what being resolved had asked for, when it fires again', () => {
    assert.equal(ends(demand), episodeOf({ ...demand, status: 'resolved' }));
  });

  for (const [what, entry] of Object.entries({
    'a firing alert without on_resolved': ALERT,
    'a resolved alert without a date': { ...ALERT, status: 'resolved', startsAt: undefined },
    'a resolved alert whose labels cannot be read': {
      ...ALERT,
      status: 'resolved',
      labels: { ...LABELS, hostname: '*' },
    },
    'a resolved alert that asks for the same again': {
      ...ALERT,
      status: 'resolved',
      labels: { ...LABELS, on_resolved: 'stop' },
    },
    'a test alert': { ...ALERT, status: 'resolved', labels: { ...LABELS, alertname: 'TestAlert' } },
  })) {
    test(`nothing: ${what}`, () => {
      assert.equal(ends(entry), undefined);
    });
  }
});

describe('an alert is not acted on', () => {
  for (const [reason, change] of [
    ['resolved', { status: 'resolved' }],
    ['test_alert', { labels: { ...LABELS, alertname: 'TestAlert' } }],
    ['no_data', { labels: { ...LABELS, alertname: 'DatasourceNoData' } }],
    ['datasource_error', { labels: { ...LABELS, alertname: 'DatasourceError' } }],
    ['resolved', { status: 'resolved', labels: {} }],
    ['resolved', { status: 'resolved', labels: { ...LABELS, on_resolved: '' } }],
    ['test_alert', { status: 'resolved', labels: { ...LABELS, alertname: 'TestAlert', on_resolved: 'start' } }],
    ['no_data', { status: 'resolved', labels: { ...LABELS, alertname: 'DatasourceNoData', on_resolved: 'start' } }],
    ['on_resolved_only', { labels: { ...LABELS, action: '', on_resolved: 'start' } }],
    ['on_resolved_only', { labels: { ...LABELS, action: undefined, on_resolved: 'stop' } }],
    ['invalid_on_resolved', { status: 'resolved', labels: { ...LABELS, on_resolved: 'Start' } }],
    ['invalid_on_resolved', { status: 'resolved', labels: { ...LABELS, on_resolved: ['start'] } }],
    ['invalid_target', { status: 'resolved', labels: { ...LABELS, hostname: '*', on_resolved: 'start' } }],
    ['invalid_alert', { status: 'resolved', endsAt: 'soon', labels: { ...LABELS, on_resolved: 'start' } }],
    ['invalid_action', { labels: { ...LABELS, action: undefined, on_resolved: 'reboot' } }],
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
    ['invalid_client', { labels: { ...LABELS, ec2_client: 'acme' } }],
    ['invalid_place', { labels: { ...LABELS, ec2_region: 'eu-central-1.evil.example' } }],
    ['invalid_place', { labels: { ...LABELS, ec2_region: 'EU-CENTRAL-1' } }],
    ['invalid_place', { labels: { ...LABELS, ec2_account: 'arn:aws:iam::1:role/x' } }],
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

test('never throws, and intends nothing that was not clearly asked for, whatever JSON came', () => {
  const word = fc.oneof(fc.constantFrom('stop', 'start', 'native', 'cli', 'false', 'gpu-1', '*', ''), fc.jsonValue());
  const labels = fc.record(
    {
      action: word,
      on_resolved: word,
      hostname: word,
      client: word,
      dryrun: word,
      region: word,
      account: word,
      ec2_region: word,
      ec2_account: word,
      ec2_client: word,
      alertname: word,
    },
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
  for (const key of ['hostname', 'action', 'ec2_client', 'dryrun', 'ec2_region', 'ec2_account', 'other']) {
    const intended = intend({ status: 'firing', labels: { ...LABELS, [key]: deep }, startsAt: deep }, CONTEXT);
    assert.equal(intended.outcome, 'invalid');
  }
});

function assertAskedFor(entry: unknown, intent: Intent): void {
  const { status, labels } = entry as { status: unknown; labels: Record<string, unknown> };
  assert.ok(status === 'firing' || status === 'resolved');
  const asked = labels[status === 'firing' ? 'action' : 'on_resolved'];
  assert.equal(
    intent.verb,
    VERBS.find((verb) => verb === asked),
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

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { episodeOf as episodeOfCause } from './cause.ts';
import { intend, type Intended } from './intend.ts';

const CONTEXT = {
  route: 'hostname',
  defaultClient: 'native',
  labels: {},
  now: Date.parse('2026-11-22T12:00:00Z'),
} as const;
const LABELS = { alertname: 'IdleGPU', hostname: 'gpu-1', action: 'stop', dryrun: 'false' };
const ALERT = {
  status: 'firing',
  labels: LABELS,
  startsAt: '2026-11-22T10:00:00.000000001Z',
  fingerprint: '3fa9c07d1be2a655',
};

interface Change {
  readonly labels?: Readonly<Record<string, unknown>>;
  readonly annotations?: unknown;
}

describe('an alert whose state Grafana gives another reason for', () => {
  const failed: readonly (readonly [what: string, change: Change, named: RegExp])[] = [
    ...[
      'Error',
      'NoData',
      'Paused',
      'Updated',
      'RuleDeleted',
      'MissingSeries',
      'KeepLast',
      'Error, KeepLast',
      'ANewOne',
      ' ',
    ].map((value) => [value, { annotations: { grafana_state_reason: value } }, /\(grafana_state_reason "/] as const),
    ['not even text', { annotations: { grafana_state_reason: { deep: true } } }, /\(grafana_state_reason an object\)/],
    ['as a label', { labels: { ...LABELS, grafana_state_reason: 'Error' } }, /"Error"/],
    ['before Grafana 9', { labels: { ...LABELS, datasource_uid: 'prom', ref_id: 'A' } }, /data source "prom"/],
    ['in later ones', { annotations: { datasource_uid: 'prom', ref_id: 'A' } }, /data source "prom"/],
    [
      'by its error alone',
      { labels: { ...LABELS, grafana_folder: 'GPU' }, annotations: { Error: 'connection refused' } },
      /Error "connection refused"/,
    ],
  ];
  for (const [what, change, named] of failed) {
    test(`neither starts nor stops anything: ${what}`, () => {
      for (const status of ['firing', 'resolved']) {
        for (const [action, onResolved] of [
          ['stop', undefined],
          ['start', 'stop'],
          ['stop', 'start'],
          ['start', undefined],
        ]) {
          const labels = { ...LABELS, ...change.labels, action, on_resolved: onResolved };
          const intended = intend({ ...ALERT, status, endsAt: ALERT.startsAt, ...change, labels }, CONTEXT);
          assert.ok(intended.outcome === 'ignored');
          assert.equal(intended.reason, 'state_reason');
          assert.match(intended.message, named);
          const stop = intend({ ...ALERT, labels: { ...LABELS, action: 'stop' } }, CONTEXT);
          assert.equal(
            intended.ends?.episode,
            action === 'stop' || onResolved === 'stop' ? episodeOf(stop) : undefined,
          );
        }
      }
    });
  }

  test('is not any alert with words like these', () => {
    for (const change of [
      { annotations: { grafana_state_reason: '' } },
      { annotations: { grafana_state_reason: null } },
      { annotations: { Error: 'the mean error of the fit' } },
      { annotations: { error: 'x' }, labels: { ...LABELS, grafana_folder: 'GPU' } },
      { labels: { ...LABELS, datasource_uid: 'prom' } },
      { annotations: null },
      { annotations: ['grafana_state_reason'] },
      { annotations: Object.create({ grafana_state_reason: 'Error' }) as unknown },
    ]) {
      assert.equal(intend({ ...ALERT, ...change }, CONTEXT).outcome, 'intent', JSON.stringify(change));
    }
  });

  test('is quoted, whatever Grafana has been made to say', () => {
    const hostile = { ...ALERT, annotations: { grafana_state_reason: `"\u001b[2J\n${'\u202e'.repeat(500)}` } };
    const intended = intend(hostile, CONTEXT);
    assert.ok(intended.outcome === 'ignored');
    assert.match(intended.message, /^[\x20-\x7e]{1,400}$/);
    assert.match(intended.ends?.message ?? '', /^[\x20-\x7e]{1,600}$/);
  });
});

function episodeOf(intended: Intended): string | undefined {
  assert.ok(intended.outcome === 'intent');
  return episodeOfCause(intended.intent.cause);
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from './finding.ts';
import type { SeenRule } from './prometheus.ts';
import type { AlertingRule } from '../prometheus/rule.ts';
import { checkRule } from './rule-checks.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const LABELS = { hostname: '{{ $labels.instance }}', action: 'stop', dryrun: 'false' };
const ALERT = { alertname: 'UnusedGPU', hostname: 'gpu-1', action: 'stop', dryrun: 'false' };

function look(
  rule: Partial<AlertingRule> = {},
  seen: Partial<SeenRule> = {},
  { evaluatedAt = NOW - 15_000 }: { readonly evaluatedAt?: number | 'never' } = {},
): readonly Finding[] {
  const whole: AlertingRule = {
    group: 'g',
    name: 'UnusedGPU',
    query: 'max by (instance) (gpu) < 1',
    forMs: 300_000,
    labels: LABELS,
    health: 'ok',
    ...(evaluatedAt === 'never' ? {} : { evaluatedAt }),
    intervalMs: 15_000,
    keepFiringMs: 0,
    active: [],
    ...rule,
  };
  const context = { routeOf: () => undefined, defaultClient: 'native', labels: {}, now: NOW } as const;
  return checkRule({ rule: whole, alerts: [ALERT], from: 'expression', ...seen }, context).findings;
}

const shortly = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ severity, evidence }) => `${severity}: ${evidence.split(':')[0] ?? ''}`);

test('a rule without faults', () => {
  assert.deepEqual(shortly(look()), ['ok: nothing is wrong with it']);
});

test('a rule that is not evaluated, or no longer', () => {
  assert.deepEqual(shortly(look({ health: 'err', lastError: 'many-to-many' })), ['error: cannot be evaluated']);
  assert.match(
    look({}, {}, { evaluatedAt: NOW - 600_000 })[0]?.evidence ?? '',
    /last evaluated 600 s ago, and should be every 15 s/,
  );
  assert.deepEqual(shortly(look({}, {}, { evaluatedAt: 'never' })), ['warning: has never been evaluated']);
});

test('a label that other programs use, too, is not read, unless its value is one of ours', () => {
  const [finding] = look({ labels: { ...LABELS, client: 'boto' } });
  assert.match(finding?.evidence ?? '', /has client: "boto", which is not read/);
  assert.match(finding?.change ?? '', /ec2_client/);
  assert.match(look({ labels: { ...LABELS, region: 'eu' } })[0]?.evidence ?? '', /has region: "eu", which is not read/);
  assert.deepEqual(shortly(look({ labels: { ...LABELS, client: 'cli', region: '{{ $labels.region }}' } })), [
    'ok: nothing is wrong with it',
  ]);
});

test('only a stop needs `for`', () => {
  assert.match(look({ forMs: 0 })[0]?.evidence ?? '', /has no `for`/);
  assert.deepEqual(shortly(look({ forMs: 0, labels: { ...LABELS, action: 'start' } })), [
    'ok: nothing is wrong with it',
  ]);
});

test('dryrun may be a template: then the alerts decide', () => {
  assert.deepEqual(shortly(look({ labels: { ...LABELS, dryrun: '{{ $labels.dryrun }}' } })), [
    'ok: nothing is wrong with it',
  ]);
  assert.match(look({ labels: { ...LABELS, dryrun: 'no' } })[0]?.evidence ?? '', /has dryrun: "no"/);
});

test('series with the label of a GPU are a warning, series that differ in it an error', () => {
  const gpu = (uuid: string): Readonly<Record<string, string>> => ({ ...ALERT, uuid });
  assert.match(look({}, { alerts: [gpu('a'), gpu('b')] })[0]?.evidence ?? '', /gpu-1 has 2 series, uuid=a, b/);
  assert.deepEqual(shortly(look({}, { alerts: [gpu('a')] }))[0]?.startsWith('warning: its series carry'), true);
  const twice = [
    { ...ALERT, exporter: 'dcgm' },
    { ...ALERT, exporter: 'nvidia_smi' },
  ];
  assert.deepEqual(shortly(look({}, { alerts: twice })), ['ok: nothing is wrong with it']);
});

test('without series, the labels of the rule are still checked', () => {
  const nothing = { alerts: [], from: 'nothing' } as const;
  assert.deepEqual(shortly(look({}, nothing)), ['info: has no series at this moment']);
  assert.match(
    look({ labels: { ...LABELS, action: 'halt' } }, nothing)[0]?.evidence ?? '',
    /action to be start or stop/,
  );
  assert.match(look({ query: 'DCGM_FI_DEV_GPU_UTIL < 2' }, nothing)[0]?.evidence ?? '', /without aggregating/);
});

test('a window that need not be full of samples mistakes silence for idleness', () => {
  for (const query of ['max by (instance) (max_over_time(gpu[30m])) < 1', 'sum by (instance) (rate(x[5m])) < 1']) {
    assert.deepEqual(shortly(look({ query })), ['warning: does not check that its window is full of samples']);
    assert.deepEqual(shortly(look({ query, labels: { ...LABELS, action: 'start' } })), [
      'ok: nothing is wrong with it',
    ]);
    const asking = `${query} and on (instance) count_over_time(gpu[30m]) > 25`;
    assert.deepEqual(shortly(look({ query: asking })), ['ok: nothing is wrong with it']);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertingRule } from '../prometheus/rule.ts';
import { checkOnResolved } from './on-resolved.ts';

const RULE: AlertingRule = {
  group: 'g',
  name: 'GpuWanted',
  query: 'max by (hostname) (jobs) > 0',
  forMs: 0,
  labels: { action: 'start', on_resolved: 'stop' },
  health: 'ok',
  intervalMs: 15_000,
  keepFiringMs: 0,
  active: [],
};

test('a rule that stops on resolved needs Prometheus, or trust at a price', () => {
  const severities = (['refused', 'believed', 'confirmed'] as const).map((stops) => {
    const [finding, ...others] = checkOnResolved([RULE, { ...RULE, labels: {} }], stops);
    assert.deepEqual(others, []);
    return `${finding?.severity ?? ''} ${finding?.evidence.split(',')[0]?.split(' of ')[0] ?? ''}`;
  });
  assert.deepEqual(severities, [
    'warning on_resolved: stop is refused',
    'warning on_resolved: { trust: true } believes each resolved alert',
    'ok 1 rules with on_resolved: stop can be confirmed',
  ]);
  assert.deepEqual(checkOnResolved([{ ...RULE, labels: { on_resolved: 'start' } }], 'refused'), []);
});

test('a rule that mistakes a vanished series for a need that ended is named', () => {
  const [finding] = checkOnResolved([{ ...RULE, query: 'absent(idle)' }], 'confirmed');
  assert.deepEqual([finding?.severity, finding?.about], ['warning', 'g/GpuWanted']);
});

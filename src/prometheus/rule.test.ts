import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertLabels, parseRules, withoutThreshold } from './rule.ts';

const ANSWER = {
  data: {
    groups: [
      {
        name: 'g',
        interval: 15,
        rules: [
          { type: 'recording', name: 'r', query: 'x' },
          {
            type: 'alerting',
            name: 'UnusedGPU',
            query: 'x < 1',
            duration: 300,
            labels: { hostname: '{{ $labels.instance }}', action: 'stop' },
            health: 'ok',
            lastEvaluation: '0001-01-01T00:00:00Z',
          },
        ],
      },
    ],
  },
};

test('alerting rules are read, and one that was never evaluated has no time', () => {
  const [rule, ...others] = parseRules(ANSWER);
  assert.deepEqual(others, []);
  assert.partialDeepStrictEqual(rule, {
    group: 'g',
    name: 'UnusedGPU',
    forMs: 300_000,
    intervalMs: 15_000,
    active: [],
  });
  assert.equal(rule?.evaluatedAt, undefined);
  assert.throws(() => parseRules({ data: {} }), /expected rules of Prometheus/);
});

test("an alert has its series' labels, over them those of the rule, and external ones where there is no other", () => {
  const [rule] = parseRules(ANSWER);
  assert.ok(rule);
  const series = { __name__: 'x', instance: 'gpu-1:9835', cluster: 'own', action: 'start', empty: '' };
  assert.deepEqual(alertLabels(rule, series, { cluster: 'external', zone: 'a' }), {
    alertname: 'UnusedGPU',
    hostname: 'gpu-1:9835',
    instance: 'gpu-1:9835',
    action: 'stop',
    cluster: 'own',
    zone: 'a',
  });
});

test('the last comparison is taken off, whatever it compares with', () => {
  assert.equal(withoutThreshold('max(x) * 100 < 2'), 'max(x) * 100');
  assert.equal(withoutThreshold('x\n  == bool 0.5\n'), 'x');
  assert.equal(withoutThreshold('x >= 1e-3'), 'x');
  assert.equal(withoutThreshold('a < b'), undefined);
  assert.equal(withoutThreshold('absent(x)'), undefined);
});

/** What rules and dashboard ask for, compared with what the operator tells. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROWS } from '../../tools/dashboard/dashboard.ts';
import { startOperator } from '../support/operator.ts';
import { groupedBy, mistakesIn, OTHERS, selectorsIn } from './promql.ts';
import { readRules } from './rules.ts';

const panels = ROWS.flatMap((row) => row.panels);
const rules = readRules('deploy/prometheus/operator-rules.yaml');
const queries = [
  ...panels.flatMap((panel) => panel.queries.map((query) => query.expr)),
  ...rules.map((rule) => rule.expr),
];

test('no query asks for a metric, a label or a value that does not exist', () => {
  assert.deepEqual(
    queries.flatMap((expr) => mistakesIn(expr)),
    [],
  );
});

test('that check sees what would never find anything', () => {
  for (const [expr, mistake] of [
    ['sum(rate(ec2_operator_stops_total[5m]))', 'there is no metric ec2_operator_stops_total'],
    ['ec2_operator_batch_size{job="$job"}', 'there is no metric ec2_operator_batch_size'],
    ['ec2_operator_faults_total_count', 'there is no metric ec2_operator_faults_total_count'],
    ['ec2_operator_faults_total{job="$job", kind="x"}', 'ec2_operator_faults_total has no label kind'],
    ['ec2_operator_operations{state=~"queued|done"}', 'ec2_operator_operations never has state="done" there'],
    [
      'ec2_operator_operations_total{state="refused", reason!="unauthorized"}',
      'ec2_operator_operations_total never has reason="unauthorized" there',
    ],
    [
      'sum by (code) (increase(ec2_operator_faults_total[1h]))',
      'ec2_operator_faults_total has no label code to group by',
    ],
  ] as const)
    assert.ok(mistakesIn(expr).includes(mistake), `${expr}: ${mistakesIn(expr).join('; ')}`);
});

test('every metric in a query is served by a running operator', async () => {
  await using operator = await startOperator();
  const { text } = await operator.request('/metrics');
  const served = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name));
  const asked = queries.flatMap((expr) => selectorsIn(expr).map(({ metric }) => metric));
  assert.ok(asked.length > queries.length / 2);
  for (const metric of asked)
    assert.ok(
      metric === 'up' ||
        metric in OTHERS ||
        served.has(metric) ||
        served.has(metric.replace(/_(?:bucket|sum|count)$/, '')),
      metric,
    );
});

test('every label that a legend or a notification shows is left by its query', () => {
  for (const { expr, legend } of panels.flatMap((panel) => panel.queries)) {
    for (const [, label = ''] of legend.matchAll(/\{\{(\w+)\}\}/g)) assertLeft(expr, label);
  }
  for (const { expr, annotations } of rules) {
    for (const [, label = ''] of JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g)) assertLeft(expr, label);
  }
});

test('the query of every panel keeps to the job that the viewer picks', () => {
  for (const { expr } of panels.flatMap((panel) => panel.queries)) {
    const selectors = selectorsIn(expr);
    assert.ok(selectors.length > 0, expr);
    for (const { matchers } of selectors)
      assert.deepEqual(matchers.find(({ label }) => label === 'job')?.values, ['$job'], expr);
  }
});

test('no alert about the operator could ask it for anything', () => {
  for (const { expr, labels, alert } of rules) {
    assert.ok(!Object.keys(labels).some((label) => ['action', 'on_resolved'].includes(label)), alert);
    assert.ok(!(groupedBy(expr) ?? []).includes('action'), `${alert} would carry the label action`);
  }
});

function assertLeft(expr: string, label: string): void {
  const left = groupedBy(expr) ?? ['job', 'instance'];
  assert.ok(
    left.includes(label) || (label === 'instance' && expr.startsWith('up{')),
    `${label} is not left by ${expr}`,
  );
}

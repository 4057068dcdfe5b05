/** `/metrics` and what is written about it, as Prometheus itself sees them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { stringify } from 'yaml';
import { CATALOG } from '../../src/observe/catalog.ts';
import type { Description } from '../../src/observe/description.ts';
import { stopAlert } from '../support/alerts.ts';
import { startOperator } from '../support/operator.ts';
import { findTool } from '../support/tools.ts';

test('promtool finds nothing wrong with /metrics, and a stop leaves its marks there', async (t) => {
  await using operator = await startOperator();
  const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
  await operator.end(receipt?.operation);
  const { headers, text } = await operator.request('/metrics');
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  const stop = 'verb="stop",client="native"';
  for (const series of [
    'ec2_operator_alerts_total{outcome="accepted",reason=""} 1',
    `ec2_operator_operations_total{${stop},state="succeeded",reason="state_reached"} 1`,
    `ec2_operator_alert_to_ec2_call_seconds_count{${stop}} 1`,
    `ec2_operator_alert_to_state_reached_seconds_count{${stop}} 1`,
    'ec2_operator_batch_size_sum{action="StopInstances"} 1',
    'ec2_operator_ec2_call_duration_seconds_count{action="StopInstances"} 1',
    'ec2_operator_guard_verdicts_total{guard="settled",verdict="allow"} 1',
    'ec2_operator_store_duration_seconds_count{operation="record_deliveries"} 1',
    'ec2_operator_worker_lag_seconds 0',
  ])
    assert.ok(text.split('\n').includes(series), series);
  assert.match(text, /^ec2_operator_instance_state\{instance_id="i-[0-9a-f]{17}",.*state="stopped"\} 1$/m);
  assert.match(text, /^ec2_operator_quota_tokens\{action="StopInstances",.*bucket="request"\} \d/m);
  promtool(t, ['check', 'metrics'], text);
});

test('promtool can read every example of the reference page, and each asks for its own metric', (t) => {
  const entries: readonly (readonly [string, Description])[] = Object.entries(CATALOG);
  const examples = entries.flatMap(([name, { example }]) => (example === undefined ? [] : [{ name, example }]));
  assert.ok(examples.length > 5);
  for (const { name, example } of examples) assert.ok(example.includes(name), name);
  const rules = examples.map(({ name, example }) => ({ record: `example:${name}`, expr: example }));
  using directory = mkdtempDisposableSync('/tmp/ec2-operator-metrics-');
  const file = path.join(directory.path, 'examples.yaml');
  writeFileSync(file, stringify({ groups: [{ name: 'examples', rules }] }));
  promtool(t, ['check', 'rules', file]);
});

/** Skips the rest of the test, and says so, where there is no promtool. */
function promtool(t: TestContext, args: readonly string[], input = ''): void {
  const tool = findTool('promtool', 'prometheus');
  if ('skip' in tool) {
    t.skip(tool.skip);
    return;
  }
  const { status, stdout, stderr } = spawnSync(tool.path, args, { encoding: 'utf8', input });
  // Its advice on names goes with exit code 3, or with none at all.
  assert.deepEqual([status, stderr], [0, ''], `promtool ${args.join(' ')}\n${stdout}${stderr}`);
}

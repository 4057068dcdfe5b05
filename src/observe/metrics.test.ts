import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STATES } from '../domain/operation.ts';
import { FAILED_REASONS, IGNORED_REASONS, INVALID_REASONS, REFUSED_REASONS } from '../domain/reason.ts';
import { createMetrics } from './metrics.ts';

const NONE = { queued: 0, waiting: 0, acting: 0, verifying: 0, succeeded: 0, refused: 0, failed: 0, cancelled: 0 };
const build = () => createMetrics(async () => Promise.resolve({ ...NONE, waiting: 3 }));

async function linesOf(metrics: ReturnType<typeof createMetrics>): Promise<readonly string[]> {
  return (await metrics.render()).body.split('\n');
}

test('everything that can be counted is there at zero from the start', async () => {
  const lines = await linesOf(build());
  for (const reason of Object.keys(IGNORED_REASONS))
    assert.ok(lines.includes(`ec2_operator_alerts_total{outcome="ignored",reason="${reason}"} 0`), reason);
  for (const reason of Object.keys(INVALID_REASONS))
    assert.ok(lines.includes(`ec2_operator_alerts_total{outcome="invalid",reason="${reason}"} 0`), reason);
  for (const verb of ['start', 'stop'])
    for (const client of ['native', 'cli'])
      for (const [outcome, reasons] of Object.entries({ refused: REFUSED_REASONS, failed: FAILED_REASONS }))
        for (const reason of Object.keys(reasons)) {
          const labels = `verb="${verb}",client="${client}",outcome="${outcome}",reason="${reason}"`;
          assert.ok(lines.includes(`ec2_operator_operations_total{${labels}} 0`), labels);
        }
  for (const action of ['DescribeInstances', 'StartInstances', 'StopInstances'])
    assert.ok(lines.includes(`ec2_operator_ec2_calls_total{action="${action}",code="OK"} 0`), action);
});

test('what is counted is counted', async () => {
  const metrics = build();
  metrics.alertReceived({ outcome: 'joined', reason: '' });
  metrics.alertReceived({ outcome: 'joined', reason: '' });
  metrics.operationEnded({ verb: 'stop', client: 'cli', outcome: 'succeeded', reason: 'dry_run' });
  metrics.ec2Called({ action: 'StopInstances', code: 'IncorrectInstanceState' });
  metrics.alertsTruncated(7);
  metrics.fault();
  const lines = await linesOf(metrics);
  for (const line of [
    'ec2_operator_alerts_total{outcome="joined",reason=""} 2',
    'ec2_operator_operations_total{verb="stop",client="cli",outcome="succeeded",reason="dry_run"} 1',
    'ec2_operator_ec2_calls_total{action="StopInstances",code="IncorrectInstanceState"} 1',
    'ec2_operator_alerts_truncated_total 7',
    'ec2_operator_faults_total 1',
  ])
    assert.ok(lines.includes(line), line);
});

test('operations are counted in the store, at each scrape', async () => {
  const lines = await linesOf(build());
  for (const state of STATES)
    assert.ok(lines.includes(`ec2_operator_operations{state="${state}"} ${state === 'waiting' ? 3 : 0}`), state);
});

test('a store that is away does not take the rest with it', async () => {
  const metrics = createMetrics(async () => Promise.reject(new Error('away')));
  const lines = await linesOf(metrics);
  assert.ok(lines.includes('ec2_operator_faults_total 0'));
  assert.ok(!lines.some((line) => line.startsWith('ec2_operator_operations{')));
});

test('two in one process do not share their counts', async () => {
  const [one, other] = [build(), build()];
  one.fault();
  assert.ok((await linesOf(other)).includes('ec2_operator_faults_total 0'));
});

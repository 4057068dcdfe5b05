import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GUARD_NAMES } from '../domain/guard.ts';
import { STATES } from '../domain/operation.ts';
import { FAILED_REASONS, IGNORED_REASONS, INVALID_REASONS, REFUSED_REASONS } from '../domain/reason.ts';
import type { QuotaLevel } from '../domain/quota-level.ts';
import { EC2_CODES, QUOTA_PLACES, SEEN_INSTANCES } from './bounds.ts';
import { CATALOG } from './catalog.ts';
import { createMetrics, type Metrics, type MetricSources } from './metrics.ts';
import { noSums } from '../domain/savings-tally.ts';
import { STORE_OPERATIONS } from './observed-store.ts';

const NONE = { queued: 0, waiting: 0, acting: 0, verifying: 0, succeeded: 0, refused: 0, failed: 0, cancelled: 0 };
const NOW = 1_800_000_000_000;

function build(sources: Partial<MetricSources> = {}): Metrics {
  return createMetrics({
    store: {
      countByState: async () => Promise.resolve({ ...NONE, waiting: 3 }),
      pauses: async () => Promise.resolve([]),
      countLeases: async () => Promise.resolve(0),
      countPendingNotices: async () => Promise.resolve([]),
      countHolds: async () => Promise.resolve(0),
      countWaiting,
      oldestOpen: async () => Promise.resolve({ waiting: NOW - 90_000 }),
      nextDueAt: async () => Promise.resolve(NOW - 1_500),
    },
    savings: async () => Promise.resolve(noSums()),
    quota: { levels: () => [] },
    clock: () => NOW,
    channels: [],
    version: '1.2.3',
    ...sources,
  });
}

async function linesOf(metrics: Metrics): Promise<ReadonlySet<string>> {
  return new Set((await metrics.render()).body.split('\n'));
}

const countWaiting = async (): Promise<ReadonlyMap<string, number>> => Promise.resolve(new Map([['warned', 2]]));
const away = async (): Promise<never> => Promise.reject(new Error('away'));

test('everything that can be counted is there at zero from the start', async () => {
  const lines = await linesOf(build());
  for (const reason of Object.keys(IGNORED_REASONS))
    assert.ok(lines.has(`ec2_operator_alerts_total{outcome="ignored",reason="${reason}"} 0`), reason);
  for (const reason of Object.keys(INVALID_REASONS))
    assert.ok(lines.has(`ec2_operator_alerts_total{outcome="invalid",reason="${reason}"} 0`), reason);
  for (const verb of ['start', 'stop'])
    for (const client of ['native', 'cli']) {
      for (const [state, reasons] of Object.entries({ refused: REFUSED_REASONS, failed: FAILED_REASONS }))
        for (const reason of Object.keys(reasons)) {
          const labels = `verb="${verb}",client="${client}",state="${state}",reason="${reason}"`;
          assert.ok(lines.has(`ec2_operator_operations_total{${labels}} 0`), labels);
        }
      for (const name of ['ec2_call', 'state_reached'])
        assert.ok(lines.has(`ec2_operator_alert_to_${name}_seconds_count{verb="${verb}",client="${client}"} 0`), name);
    }
  for (const action of ['DescribeInstances', 'StartInstances', 'StopInstances'])
    for (const line of [
      `ec2_operator_ec2_calls_total{action="${action}",code="OK"} 0`,
      `ec2_operator_ec2_throttles_total{action="${action}"} 0`,
      `ec2_operator_ec2_call_duration_seconds_count{action="${action}"} 0`,
      `ec2_operator_batch_size_bucket{le="1",action="${action}"} 0`,
    ])
      assert.ok(lines.has(line), line);
  for (const guard of GUARD_NAMES)
    for (const verdict of ['allow', 'wait', 'refuse', 'overridden'])
      assert.ok(lines.has(`ec2_operator_guard_verdicts_total{guard="${guard}",verdict="${verdict}"} 0`), guard);
  for (const operation of STORE_OPERATIONS)
    assert.ok(lines.has(`ec2_operator_store_duration_seconds_count{operation="${operation}"} 0`), operation);
  assert.ok(lines.has('ec2_operator_logins_failed_total 0'));
});

test('each metric of the catalogue is rendered, and no other of ours', async () => {
  const { body } = await build().render();
  const shown = [...body.matchAll(/^# TYPE (ec2_operator_\S+) (\S+)$/gm)].map(([, name = '', type]) => [name, type]);
  assert.deepEqual(
    Object.fromEntries(shown),
    Object.fromEntries(Object.entries(CATALOG).map(([name, { type }]) => [name, type])),
  );
});

test('what happens is counted', async () => {
  const metrics = build();
  metrics.alertReceived({ outcome: 'joined', reason: '' });
  metrics.alertReceived({ outcome: 'joined', reason: '' });
  metrics.operationEnded({ verb: 'stop', client: 'cli', state: 'succeeded', reason: 'dry_run' });
  metrics.callAccepted({ verb: 'stop', client: 'cli' }, 40);
  metrics.stateReached({ verb: 'stop', client: 'cli' }, 61_000);
  metrics.stateReached({ verb: 'stop', client: 'cli' }, -5);
  metrics.ec2Called({
    action: 'StopInstances',
    code: 'RequestLimitExceeded',
    instances: 7,
    ms: 300,
    throttled: true,
  });
  metrics.storeCalled('claim', 2);
  metrics.guardJudged({ guard: GUARD_NAMES[0] ?? '', verdict: 'refuse' });
  metrics.loginFailed();
  metrics.alertsTruncated(7);
  metrics.fault();
  metrics.connectionCut();
  const lines = await linesOf(metrics);
  for (const line of [
    'ec2_operator_alerts_total{outcome="joined",reason=""} 2',
    'ec2_operator_operations_total{verb="stop",client="cli",state="succeeded",reason="dry_run"} 1',
    'ec2_operator_alert_to_ec2_call_seconds_bucket{le="0.025",verb="stop",client="cli"} 0',
    'ec2_operator_alert_to_ec2_call_seconds_bucket{le="0.1",verb="stop",client="cli"} 1',
    'ec2_operator_alert_to_state_reached_seconds_sum{verb="stop",client="cli"} 61',
    'ec2_operator_ec2_calls_total{action="StopInstances",code="RequestLimitExceeded"} 1',
    'ec2_operator_ec2_throttles_total{action="StopInstances"} 1',
    'ec2_operator_ec2_call_duration_seconds_sum{action="StopInstances"} 0.3',
    'ec2_operator_batch_size_sum{action="StopInstances"} 7',
    'ec2_operator_store_duration_seconds_sum{operation="claim"} 0.002',
    `ec2_operator_guard_verdicts_total{guard="${GUARD_NAMES[0]}",verdict="refuse"} 1`,
    'ec2_operator_logins_failed_total 1',
    'ec2_operator_alerts_truncated_total 7',
    'ec2_operator_faults_total 1',
    'ec2_operator_connections_cut_total 1',
    `ec2_operator_build_info{version="1.2.3",node="${process.versions.node}"} 1`,
  ])
    assert.ok(lines.has(line), line);
});

test('what the store knows is looked up at each scrape', async () => {
  const lines = await linesOf(build());
  for (const state of STATES)
    assert.ok(lines.has(`ec2_operator_operations{state="${state}"} ${state === 'waiting' ? 3 : 0}`), state);
  assert.ok(lines.has('ec2_operator_oldest_operation_age_seconds{state="waiting"} 90'));
  assert.ok(lines.has('ec2_operator_oldest_operation_age_seconds{state="queued"} 0'));
  assert.ok(lines.has('ec2_operator_worker_lag_seconds 1.5'));
  assert.ok(lines.has('ec2_operator_waiting_operations{reason="warned"} 2'));
  assert.ok(lines.has('ec2_operator_waiting_operations{reason="held"} 0'));
});

test('what is due only later is no lag', async () => {
  const nextDueAt = async (): Promise<number> => Promise.resolve(NOW + 5_000);
  const { store } = {
    store: {
      countByState: async () => Promise.resolve(NONE),
      countWaiting,
      pauses: async () => Promise.resolve([]),
      countLeases: async () => Promise.resolve(0),
      countPendingNotices: async () => Promise.resolve([]),
      countHolds: async () => Promise.resolve(0),
      oldestOpen: async () => ({}),
      nextDueAt,
    },
  };
  assert.ok((await linesOf(build({ store }))).has('ec2_operator_worker_lag_seconds 0'));
});

test('a store that is away does not take the rest with it, and leaves no old values behind', async () => {
  let countByState = async (): Promise<typeof NONE> => Promise.resolve({ ...NONE, queued: 4 });
  const store = {
    countByState: async () => countByState(),
    pauses: async () => Promise.resolve([]),
    countLeases: async () => Promise.resolve(0),
    countPendingNotices: async () => Promise.resolve([]),
    countHolds: async () => Promise.resolve(0),
    countWaiting,
    oldestOpen: async () => Promise.resolve({ queued: NOW - 1_000 }),
    nextDueAt: async () => Promise.resolve(NOW - 1_000),
  };
  const metrics = build({ store });
  assert.ok((await linesOf(metrics)).has('ec2_operator_operations{state="queued"} 4'));
  countByState = away;
  const lines = [...(await linesOf(metrics))];
  assert.ok(lines.includes('ec2_operator_faults_total 0'));
  const gone = /^ec2_operator_(?:operations|oldest_operation_age_seconds|worker_lag_seconds|leases|holds)[ {]/;
  assert.deepEqual(
    lines.filter((line) => gone.test(line)),
    [],
  );
});

test('a state that is still being counted has no value rather than a wrong one', async () => {
  const { waiting: _, ...counts } = NONE;
  const store = {
    countByState: async () => counts,
    pauses: async () => Promise.resolve([]),
    countLeases: async () => Promise.resolve(0),
    countPendingNotices: async () => Promise.resolve([]),
    countHolds: async () => Promise.resolve(0),
    countWaiting,
    oldestOpen: async () => ({}),
    nextDueAt: async () => undefined,
  };
  const lines = [...(await linesOf(build({ store })))];
  assert.ok(lines.includes('ec2_operator_operations{state="queued"} 0'));
  assert.ok(!lines.some((line) => line.startsWith('ec2_operator_operations{state="waiting"}')));
});

test('two in one process do not share their counts', async () => {
  const [one, other] = [build(), build()];
  one.fault();
  assert.ok((await linesOf(other)).has('ec2_operator_faults_total 0'));
});

test("only so many of EC2's codes are told apart", async () => {
  const metrics = build();
  const call = (code: string): void => {
    metrics.ec2Called({ action: 'StopInstances', code, instances: 1, ms: 1, throttled: false });
  };
  for (let index = 0; index < EC2_CODES + 30; index += 1) call(`Code${index}`);
  call('Code1');
  const lines = await linesOf(metrics);
  const codes = [...lines].filter((line) => line.startsWith('ec2_operator_ec2_calls_total{action="StopInstances"'));
  assert.equal(codes.length, 1 + EC2_CODES + 1, 'OK, those told apart, and the rest');
  assert.ok(lines.has('ec2_operator_ec2_calls_total{action="StopInstances",code="Code1"} 2'));
  assert.ok(lines.has('ec2_operator_ec2_calls_total{action="StopInstances",code="other"} 30'));
  assert.ok(lines.has('ec2_operator_label_values_dropped_total{metric="ec2_operator_ec2_calls_total"} 30'));
});

test('the rate limits are shown as they are, for so many places', async () => {
  let levels: readonly QuotaLevel[] = [
    { action: 'stop', place: { region: 'eu-central-1', account: 'prod' }, requests: 3.5, instances: 900 },
    { action: 'look', place: {}, requests: 40 },
  ];
  const metrics = build({ quota: { levels: () => levels } });
  const lines = await linesOf(metrics);
  for (const [labels, value] of [
    ['action="StopInstances",region="eu-central-1",account="prod",bucket="request"', 3.5],
    ['action="StopInstances",region="eu-central-1",account="prod",bucket="resource"', 900],
    ['action="DescribeInstancesById",region="",account="",bucket="request"', 40],
  ])
    assert.ok(lines.has(`ec2_operator_quota_tokens{${labels}} ${value}`), String(labels));
  levels = Array.from({ length: 80 }, (_, index) => ({
    action: 'stop',
    place: { region: `region-${index}` },
    requests: 1,
  }));
  const shown = [...(await linesOf(metrics))].filter((line) => line.startsWith('ec2_operator_quota_tokens{'));
  assert.equal(shown.length, QUOTA_PLACES - 2, 'two places are known already, and show nothing now');
});

test('a place is shown as it was when it was asked last', async () => {
  const metrics = build();
  metrics.placeAsked({ region: 'eu-central-1', account: 'prod' }, false);
  metrics.placeAsked({}, false);
  metrics.placeAsked({}, true);
  const lines = await linesOf(metrics);
  assert.ok(lines.has('ec2_operator_place_reachable{region="eu-central-1",account="prod"} 0'));
  assert.ok(lines.has('ec2_operator_place_reachable{region="",account=""} 1'));
});

test('a machine has one state, the last it was seen in, and only the last machines are shown', async () => {
  const metrics = build();
  const see = (index: number, state: 'running' | 'stopped'): void => {
    metrics.instanceSeen({ id: `i-${index}`, place: { region: 'eu-central-1' }, state });
  };
  const line = (index: number, state: string): string =>
    `ec2_operator_instance_state{instance_id="i-${index}",region="eu-central-1",account="",state="${state}"} 1`;
  see(0, 'running');
  see(0, 'stopped');
  const first = await linesOf(metrics);
  assert.ok(first.has(line(0, 'stopped')));
  assert.ok(!first.has(line(0, 'running')));
  for (let index = 1; index < SEEN_INSTANCES; index += 1) see(index, 'running');
  see(0, 'stopped');
  see(SEEN_INSTANCES, 'running');
  const lines = await linesOf(metrics);
  assert.equal([...lines].filter((each) => each.startsWith('ec2_operator_instance_state{')).length, SEEN_INSTANCES);
  assert.ok(lines.has(line(0, 'stopped')), 'seen again since');
  assert.ok(!lines.has(line(1, 'running')), 'not seen for longest');
});

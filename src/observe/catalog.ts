/**
 * All metrics of the operator: the source of the registry and of the reference page. Rules and dashboards depend on these names
 * and labels.
 */
import type { Description } from './description.ts';
import { GUARD_NAMES } from '../domain/guard.ts';
import { CLIENTS, VERBS } from '../domain/intent.ts';
import { SHARED_LABELS } from '../domain/labels.ts';
import { ENDED_STATES, OPEN_STATES, STATES } from '../domain/operation.ts';
import { RECEIPT_OUTCOMES } from '../domain/receipt.ts';
import { WAITING_REASONS } from '../domain/reason.ts';
import { VERDICTS } from '../domain/verdict.ts';
import { WARNING_ANSWERS } from '../domain/warning.ts';
import { QUOTA_PLACES, SEEN_INSTANCES } from './bounds.ts';
import { NOTICE_METRICS } from './catalog-notices.ts';
import { LIVE_METRICS } from './catalog-live.ts';
import { STRANGER_METRICS } from './catalog-links.ts';
import { SAVINGS_METRICS } from './catalog-savings.ts';
import { WATCH_METRICS } from './catalog-watch.ts';
import { ALERT_SERIES, OPERATION_SERIES } from './outcomes.ts';
import { STORE_OPERATIONS } from './observed-store.ts';

/** What can become of a request about a hold. */
export const HOLD_OUTCOMES = ['made', 'moved', 'released', 'refused'] as const;
export type HoldOutcome = (typeof HOLD_OUTCOMES)[number];

export const ACTIONS = [
  'DescribeInstances',
  'DescribeInstanceStatus',
  'DescribeVolumes',
  'StartInstances',
  'StopInstances',
] as const;

/** The calls to EventBridge. */
export const SCHEDULE_STEPS = ['put', 'remove'] as const;

/** The rate limits of EC2, by the words of `Quota`. */
export const QUOTA_ACTIONS = {
  describe: 'DescribeInstances',
  look: 'DescribeInstancesById',
  checks: 'DescribeInstanceStatus',
  start: 'StartInstances',
  stop: 'StopInstances',
} as const;

/** In seconds: from the usual alert to an operation that waits for a change window. */
const WAITS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 1_800, 3_600] as const;
const CALLS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20] as const;
const QUERIES = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5] as const;
const SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000] as const;

export const LEASE_EVENTS = ['made', 'changed', 'ended'] as const;

const REASONS = 'see [Reasons](reasons.md)';
const WORK = { verb: VERBS, client: CLIENTS } as const;
const PLACE = {
  region: "as configured; empty for the AWS client's own",
  account: "as configured; empty for the process's own",
};

/** Whether a pause is of all machines, or of those with some tags. */
export const PAUSED_MACHINES = ['all', 'some'] as const;

export const CATALOG = {
  ec2_operator_alerts_total: {
    type: 'counter',
    help: 'Alerts received, by what their receipt says.',
    labels: { outcome: RECEIPT_OUTCOMES, reason: REASONS },
    series: ALERT_SERIES,
    example: 'sum by (reason) (increase(ec2_operator_alerts_total{outcome="invalid"}[1h]))',
  },
  ec2_operator_alerts_truncated_total: {
    type: 'counter',
    help: 'Alerts that the sender left out of its deliveries (max_alerts) and that never arrived.',
  },
  ec2_operator_labels_ignored_total: {
    type: 'counter',
    help: 'Labels of alerts that were ignored, because many senders use these names for other things; see `labels` in the configuration.',
    labels: { label: SHARED_LABELS },
    example: 'sum by (label) (increase(ec2_operator_labels_ignored_total[1d])) > 0',
  },
  ec2_operator_operations_total: {
    type: 'counter',
    help: 'Operations that have ended.',
    labels: { ...WORK, state: ENDED_STATES, reason: REASONS },
    series: OPERATION_SERIES,
    example: 'sum by (verb, reason) (increase(ec2_operator_operations_total{state="failed"}[15m])) > 0',
  },
  ec2_operator_operations: {
    type: 'gauge',
    help: 'Operations in the store, by state.',
    labels: { state: STATES },
    example: 'max by (state) (ec2_operator_operations{state=~"queued|waiting|acting|verifying"})',
  },
  ec2_operator_waiting_operations: {
    type: 'gauge',
    help: 'Operations that wait, by what they wait for; `warned` are stops that people were told of. Of more than 10,000 that wait, some are counted.',
    labels: { reason: Object.keys(WAITING_REASONS) },
    example: 'max(ec2_operator_waiting_operations{reason="warned"})',
  },
  ec2_operator_oldest_operation_age_seconds: {
    type: 'gauge',
    help: 'How long ago the oldest open operation of a state was created; 0 when there is none.',
    labels: { state: OPEN_STATES },
    example: 'max by (state) (ec2_operator_oldest_operation_age_seconds) > 1800',
  },
  ec2_operator_pauses: {
    type: 'gauge',
    help: 'Pauses of automatic starts and stops that stand: of all machines, and of those with some tags.',
    labels: { machines: PAUSED_MACHINES },
    example: 'max by (machines) (ec2_operator_pauses) > 0',
  },
  ec2_operator_oldest_pause_age_seconds: {
    type: 'gauge',
    help: 'How long ago the oldest pause that stands began; 0 when there is none.',
    labels: { machines: PAUSED_MACHINES },
    example: 'max by (machines) (ec2_operator_oldest_pause_age_seconds) > 86400',
  },
  ec2_operator_leases: {
    type: 'gauge',
    help: 'Machines that run on a lease.',
    example: 'max(ec2_operator_leases)',
  },
  ec2_operator_lease_changes_total: {
    type: 'counter',
    help: 'Leases that people have made for machines that ran, changed or ended. Those of starts are not counted here.',
    labels: { event: LEASE_EVENTS },
    example: 'sum by (event) (increase(ec2_operator_lease_changes_total[1d]))',
  },
  ec2_operator_holds: {
    type: 'gauge',
    help: 'Holds that stand, of people and of programs that renew them.',
  },
  ec2_operator_holds_total: {
    type: 'counter',
    help: 'Holds that were made, whose end was moved, that were released, or that a limit refused.',
    labels: { outcome: HOLD_OUTCOMES },
    example: 'increase(ec2_operator_holds_total{outcome="refused"}[1d]) > 0',
  },
  ec2_operator_worker_lag_seconds: {
    type: 'gauge',
    help: 'How long the longest due operation has waited for a worker; 0 when none is due.',
    example: 'max(ec2_operator_worker_lag_seconds) > 60',
  },
  ec2_operator_alert_to_ec2_call_seconds: {
    type: 'histogram',
    help: 'From the commit of an operation to EC2 accepting its call; dry runs do not count.',
    labels: WORK,
    buckets: WAITS,
    example: 'histogram_quantile(0.99, sum by (le) (rate(ec2_operator_alert_to_ec2_call_seconds_bucket[1h])))',
  },
  ec2_operator_alert_to_state_reached_seconds: {
    type: 'histogram',
    help: 'From the commit of an operation to its machine reaching the state; dry runs do not count.',
    labels: WORK,
    buckets: WAITS,
    example:
      'histogram_quantile(0.9, sum by (le, verb) (rate(ec2_operator_alert_to_state_reached_seconds_bucket[1d])))',
  },
  ec2_operator_guard_verdicts_total: {
    type: 'counter',
    help: "Verdicts of the guards; overridden: a person's request passed a guard that would have held it back.",
    labels: { guard: GUARD_NAMES, verdict: VERDICTS },
    example: 'sum by (guard) (increase(ec2_operator_guard_verdicts_total{verdict="refuse"}[1d]))',
  },
  ec2_operator_warnings_total: {
    type: 'counter',
    help: 'Warnings of automatic stops that have begun.',
  },
  ec2_operator_warnings_ended_total: {
    type: 'counter',
    help: `Warnings that have ended, by what was answered: ${Object.entries(WARNING_ANSWERS)
      .map(([answer, meaning]) => `${answer}: ${meaning}`)
      .join('; ')}.`,
    labels: { answer: Object.keys(WARNING_ANSWERS) },
    example: 'sum by (answer) (increase(ec2_operator_warnings_ended_total[7d]))',
  },
  ...NOTICE_METRICS,
  ec2_operator_ec2_calls_total: {
    type: 'counter',
    help: 'Calls to EC2, by error code; OK for successful calls.',
    labels: { action: ACTIONS, code: "`OK`, EC2's error codes, `other` beyond a hundred of them" },
    series: ACTIONS.map((action) => ({ action, code: 'OK' })),
    example: 'sum by (action, code) (rate(ec2_operator_ec2_calls_total{code!="OK"}[5m]))',
  },
  ec2_operator_ec2_call_duration_seconds: {
    type: 'histogram',
    help: 'How long calls to EC2 took.',
    labels: { action: ACTIONS },
    buckets: CALLS,
  },
  ec2_operator_batch_size: {
    type: 'histogram',
    help: 'Instances, or names to look up, in one call to EC2.',
    labels: { action: ACTIONS },
    buckets: SIZES,
    example: 'rate(ec2_operator_batch_size_sum[1h]) / rate(ec2_operator_batch_size_count[1h])',
  },
  ec2_operator_ec2_throttles_total: {
    type: 'counter',
    help: "Calls that EC2's rate limit refused.",
    labels: { action: ACTIONS },
  },
  ec2_operator_quota_tokens: {
    type: 'gauge',
    help: "Tokens left for the operator in the buckets of EC2's rate limits, by its own count. DescribeInstancesById is the smaller bucket for calls without a filter.",
    labels: {
      action: Object.values(QUOTA_ACTIONS),
      bucket: ['request', 'resource'],
      ...PLACE,
    },
    series: [],
    example: 'min by (action, region, account) (ec2_operator_quota_tokens{bucket="request"}) < 1',
  },
  ec2_operator_place_reachable: {
    type: 'gauge',
    help: '1 if the last request about machines in the account and region was answered, 0 if not. While one place is 0, operations that name a machine by address wait.',
    labels: PLACE,
    series: [],
    example: 'min by (account, region) (ec2_operator_place_reachable) == 0',
  },
  ...WATCH_METRICS,
  ...SAVINGS_METRICS,
  ec2_operator_schedule_calls_total: {
    type: 'counter',
    help: "Changes of leases' schedules in EventBridge (`leases.scheduler`), by error code; OK for those that went well.",
    labels: { action: SCHEDULE_STEPS, code: "`OK`, AWS's error codes, `other` beyond a hundred of them" },
    series: SCHEDULE_STEPS.map((action) => ({ action, code: 'OK' })),
    example: 'sum by (action, code) (rate(ec2_operator_schedule_calls_total{code!="OK"}[5m]))',
  },
  ec2_operator_schedules_failing: {
    type: 'gauge',
    help: 'Leases whose schedule in EventBridge could not be changed three times in a row or more: it may stop a machine whose lease was extended.',
    example: 'max(ec2_operator_schedules_failing) > 0',
  },
  ec2_operator_store_duration_seconds: {
    type: 'histogram',
    help: 'How long calls to the store took, failures included.',
    labels: { operation: STORE_OPERATIONS },
    buckets: QUERIES,
    example: 'histogram_quantile(0.99, sum by (le, operation) (rate(ec2_operator_store_duration_seconds_bucket[10m])))',
  },
  ec2_operator_instance_state: {
    type: 'gauge',
    help: `1 for the last seen state of a machine; the ${SEEN_INSTANCES} machines that were seen last.`,
    labels: { instance_id: "EC2's id", ...PLACE, state: "EC2's word" },
    series: [],
  },
  ...STRANGER_METRICS,
  ...LIVE_METRICS,
  ec2_operator_connections_cut_total: {
    type: 'counter',
    help: 'Connections that were closed or refused because there were too many: in all, or from one address.',
    example: 'increase(ec2_operator_connections_cut_total[15m]) > 0',
  },
  ec2_operator_faults_total: {
    type: 'counter',
    help: 'Faults of the operator itself or of its store; its log has the details.',
  },
  ec2_operator_log_lines_dropped_total: {
    type: 'counter',
    help: 'Log lines that were dropped because standard output was blocked: a reader that hangs, a full disk.',
    example: 'increase(ec2_operator_log_lines_dropped_total[15m]) > 0',
  },
  ec2_operator_label_values_dropped_total: {
    type: 'counter',
    help: `Values that are shown as "other" or not at all because a metric has too many: error codes of EC2, or more than ${QUOTA_PLACES} accounts and regions.`,
    labels: {
      metric: [
        'ec2_operator_ec2_calls_total',
        'ec2_operator_schedule_calls_total',
        'ec2_operator_quota_tokens',
        'ec2_operator_place_reachable',
        'ec2_operator_watch_age_seconds',
      ],
    },
  },
  ec2_operator_build_info: {
    type: 'gauge',
    help: '1, with the versions of the operator and of Node.',
    labels: { version: 'of ec2-operator', node: 'of Node' },
    series: [],
    example: 'count by (version) (ec2_operator_build_info)',
  },
} as const satisfies Readonly<Record<string, Description>>;

export type MetricName = keyof typeof CATALOG;

/** The combinations of label values that start at zero, so that `rate()` sees the first increase. */
export function seriesOf({ labels = {}, series }: Description): readonly Readonly<Record<string, string>>[] {
  if (series !== undefined) return series;
  let combinations: readonly Readonly<Record<string, string>>[] = [{}];
  for (const [label, values] of Object.entries(labels)) {
    if (typeof values === 'string') throw new TypeError(`expected a closed list of values for the label ${label}`);
    combinations = combinations.flatMap((one) => values.map((value) => ({ ...one, [label]: value })));
  }
  return combinations;
}

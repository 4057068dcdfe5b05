import type { Row } from './panel.ts';
import { growth, quantile } from './promql.ts';

const guards: Row = {
  title: 'Guards and machines',
  panels: [
    {
      kind: 'bars',
      title: 'Held back by guards',
      description: 'Verdicts to wait or to refuse. An operation that waits is judged again after each wait.',
      width: 10,
      queries: [
        {
          expr: growth('ec2_operator_guard_verdicts_total', 'guard, verdict', ', verdict=~"wait|refuse"'),
          legend: '{{guard}}: {{verdict}}',
        },
      ],
    },
    {
      kind: 'number',
      title: 'Pauses',
      description:
        'Pauses of automatic starts and stops that stand. `ec2-operator pauses` says who paused them, and why.',
      width: 4,
      redFrom: 1,
      queries: [{ expr: 'sum(max by (machines) (ec2_operator_pauses{job="$job"}))', legend: 'pauses' }],
    },
    {
      kind: 'table',
      title: 'Machines handled lately',
      description: 'The state in which the operator saw them last.',
      width: 10,
      queries: [
        {
          expr: 'max by (instance_id, region, account, state) (ec2_operator_instance_state{job="$job"}) == 1',
          legend: '',
        },
      ],
    },
  ],
};

const ec2: Row = {
  title: 'EC2',
  panels: [
    {
      kind: 'bars',
      title: 'Calls',
      description: 'By action and error code; OK for those that went well.',
      width: 8,
      queries: [{ expr: growth('ec2_operator_ec2_calls_total', 'action, code'), legend: '{{action}} {{code}}' }],
    },
    {
      kind: 'lines',
      title: 'Duration of calls, 95 %',
      description: 'From the call to its answer, retries of the client included.',
      width: 8,
      unit: 's',
      queries: [{ expr: quantile(0.95, 'ec2_operator_ec2_call_duration_seconds', 'action'), legend: '{{action}}' }],
    },
    {
      kind: 'lines',
      title: 'Machines per call',
      description: 'Operations that share a call use up less of the rate limits.',
      width: 8,
      queries: [
        {
          expr:
            'sum by (action) (rate(ec2_operator_batch_size_sum{job="$job"}[$__rate_interval]))' +
            ' / sum by (action) (rate(ec2_operator_batch_size_count{job="$job"}[$__rate_interval]))',
          legend: '{{action}}',
        },
      ],
    },
    {
      kind: 'bars',
      title: 'Throttled by EC2',
      description: 'Others use the account too. A lower aws.quota_share leaves more room to them.',
      width: 12,
      queries: [{ expr: growth('ec2_operator_ec2_throttles_total', 'action'), legend: '{{action}}' }],
    },
    {
      kind: 'lines',
      title: "What is left of the operator's share of the rate limits",
      description:
        'Tokens by action and bucket, of the replica that has the fewest. At zero, calls wait for their turn.',
      width: 12,
      queries: [
        {
          expr: 'min by (action, bucket, region, account) (ec2_operator_quota_tokens{job="$job"})',
          legend: '{{action}} {{bucket}} {{region}} {{account}}',
        },
      ],
    },
  ],
};

const operator: Row = {
  title: 'The operator itself',
  panels: [
    {
      kind: 'lines',
      title: 'Behind schedule',
      description: 'For how long the work that is due longest has been due.',
      width: 8,
      unit: 's',
      queries: [{ expr: 'max(ec2_operator_worker_lag_seconds{job="$job"})', legend: 'worker' }],
    },
    {
      kind: 'lines',
      title: 'Database, 99 %',
      description: 'How long operations of the store take.',
      width: 8,
      unit: 's',
      queries: [{ expr: quantile(0.99, 'ec2_operator_store_duration_seconds', 'operation'), legend: '{{operation}}' }],
    },
    {
      kind: 'lines',
      title: 'Event loop, 99 %',
      description: 'How late Node gets to what it has to do.',
      width: 8,
      unit: 's',
      queries: [{ expr: 'nodejs_eventloop_lag_p99_seconds{job="$job"}', legend: '{{instance}}' }],
    },
    {
      kind: 'lines',
      title: 'Memory',
      description: 'Resident memory of each replica.',
      width: 8,
      unit: 'bytes',
      queries: [{ expr: 'process_resident_memory_bytes{job="$job"}', legend: '{{instance}}' }],
    },
    {
      kind: 'lines',
      title: 'CPU',
      description: 'Cores in use by each replica. `aws` commands that it runs are not in it.',
      width: 8,
      queries: [{ expr: 'rate(process_cpu_seconds_total{job="$job"}[$__rate_interval])', legend: '{{instance}}' }],
    },
    {
      kind: 'table',
      title: 'Builds',
      description: 'What runs.',
      width: 8,
      queries: [{ expr: 'ec2_operator_build_info{job="$job"}', legend: '' }],
    },
  ],
};

/** What holds it back, and how it is itself. */
export const HEALTH_ROWS: readonly Row[] = [guards, ec2, operator];

import type { Row } from './panel.ts';
import { growth, quantile, total } from './promql.ts';

const OPERATIONS = 'ec2_operator_operations_total';

const now: Row = {
  title: 'Now, and in the time shown',
  panels: [
    {
      kind: 'number',
      title: 'Replicas up',
      description: 'Those that answer Prometheus.',
      width: 3,
      queries: [{ expr: 'sum(up{job="$job"})', legend: 'up' }],
    },
    {
      kind: 'number',
      title: 'Open operations',
      description: 'Accepted and not yet at an end.',
      width: 3,
      queries: [
        {
          expr: 'sum(max by (state) (ec2_operator_operations{job="$job", state=~"queued|waiting|acting|verifying"}))',
          legend: 'open',
        },
      ],
    },
    {
      kind: 'number',
      title: 'Stopped',
      description: 'Machines that were brought to a stop. Dry runs are not counted.',
      width: 3,
      queries: [
        { expr: total(OPERATIONS, ', verb="stop", state="succeeded", reason="state_reached"'), legend: 'stopped' },
      ],
    },
    {
      kind: 'number',
      title: 'Started',
      description: 'Machines that were brought up. Dry runs are not counted.',
      width: 3,
      queries: [
        { expr: total(OPERATIONS, ', verb="start", state="succeeded", reason="state_reached"'), legend: 'started' },
      ],
    },
    {
      kind: 'number',
      title: 'Refused',
      description: 'Operations that a guard refused: what was asked for would have been wrong.',
      width: 3,
      queries: [{ expr: total(OPERATIONS, ', state="refused"'), legend: 'refused' }],
    },
    {
      kind: 'number',
      title: 'Failed',
      description: 'Operations that did not reach their state. GET /api/v1/operations?state=failed says why.',
      width: 3,
      redFrom: 1,
      queries: [{ expr: total(OPERATIONS, ', state="failed"'), legend: 'failed' }],
    },
    {
      kind: 'number',
      title: 'Alerts cut off',
      description: 'Alerts that the sender counts as sent and never sent. Set max_alerts: 0 in its webhook.',
      width: 3,
      redFrom: 1,
      queries: [{ expr: total('ec2_operator_alerts_truncated_total'), legend: 'cut off' }],
    },
    {
      kind: 'number',
      title: 'Faults',
      description: 'Of the operator itself or of its database. Its log has the details.',
      width: 3,
      redFrom: 1,
      queries: [{ expr: total('ec2_operator_faults_total'), legend: 'faults' }],
    },
  ],
};

const operations: Row = {
  title: 'Alerts and operations',
  panels: [
    {
      kind: 'bars',
      title: 'Alerts by receipt',
      description: 'What the sender was told about each alert.',
      width: 8,
      queries: [{ expr: growth('ec2_operator_alerts_total', 'outcome'), legend: '{{outcome}}' }],
    },
    {
      kind: 'bars',
      title: 'Alerts not acted on',
      description: 'Why alerts were ignored, or found invalid.',
      width: 8,
      queries: [
        {
          expr: growth('ec2_operator_alerts_total', 'outcome, reason', ', outcome=~"ignored|invalid"'),
          legend: '{{outcome}}: {{reason}}',
        },
      ],
    },
    {
      kind: 'bars',
      title: 'Logins that failed',
      description: 'A sender with an old token, or a stranger who guesses. The log names the addresses.',
      width: 8,
      queries: [
        {
          expr: 'sum(increase(ec2_operator_logins_failed_total{job="$job"}[$__rate_interval]))',
          legend: 'failed logins',
        },
      ],
    },
    {
      kind: 'bars',
      title: 'Operations ended',
      description: 'By verb and state.',
      width: 8,
      queries: [{ expr: growth(OPERATIONS, 'verb, state'), legend: '{{verb}} {{state}}' }],
    },
    {
      kind: 'bars',
      title: 'Why operations did not succeed',
      description: 'The reasons are explained in docs/reference/reasons.md.',
      width: 8,
      queries: [{ expr: growth(OPERATIONS, 'state, reason', ', state!="succeeded"'), legend: '{{state}}: {{reason}}' }],
    },
    {
      kind: 'lines',
      title: 'Open operations by state',
      description: 'Waiting is not trouble in itself: GET /api/v1/operations?state=waiting says until when and why.',
      width: 8,
      queries: [
        {
          expr: 'max by (state) (ec2_operator_operations{job="$job", state=~"queued|waiting|acting|verifying"})',
          legend: '{{state}}',
        },
      ],
    },
  ],
};

const latencies: Row = {
  title: 'How long it takes',
  panels: [
    {
      kind: 'lines',
      title: 'From the alert to the call to EC2',
      description: 'From the reception of the alert, waits included. Of the hour before each point.',
      width: 8,
      unit: 's',
      queries: [
        {
          expr: quantile(0.5, 'ec2_operator_alert_to_ec2_call_seconds', 'verb', '1h'),
          legend: '{{verb}}, half of them',
        },
        { expr: quantile(0.95, 'ec2_operator_alert_to_ec2_call_seconds', 'verb', '1h'), legend: '{{verb}}, 95 %' },
      ],
    },
    {
      kind: 'lines',
      title: 'From the alert to the machine in its state',
      description: 'Until EC2 says that the machine is stopped or running. Of the hour before each point.',
      width: 8,
      unit: 's',
      queries: [
        {
          expr: quantile(0.5, 'ec2_operator_alert_to_state_reached_seconds', 'verb', '1h'),
          legend: '{{verb}}, half of them',
        },
        { expr: quantile(0.95, 'ec2_operator_alert_to_state_reached_seconds', 'verb', '1h'), legend: '{{verb}}, 95 %' },
      ],
    },
    {
      kind: 'lines',
      title: 'Age of the oldest operation',
      description: 'Queued and acting take seconds. If they grow old, the worker is stuck.',
      width: 8,
      unit: 's',
      queries: [
        { expr: 'max by (state) (ec2_operator_oldest_operation_age_seconds{job="$job"})', legend: '{{state}}' },
      ],
    },
  ],
};

/** What is done, and how fast. Gauges that every replica reads from the same database go through `max`. */
export const WORK_ROWS: readonly Row[] = [now, operations, latencies];

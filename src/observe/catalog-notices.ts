/** The metrics of notices. Channels are known at start-up only, so their series begin there. */
import { NOTICE_KINDS, NOTICE_STATES } from '../domain/notice.ts';

const CHANNEL = { channel: 'as configured' } as const;

/** The ends of a notice. */
export const NOTICE_ENDS = NOTICE_STATES.filter((state) => state !== 'pending');

/** In seconds: up to the time after which a channel hangs. */
const DELIVERIES = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 45] as const;

export const NOTICE_METRICS = {
  ec2_operator_notices_total: {
    type: 'counter',
    help: 'Notices that were sent to a channel, that could not be sent, or that would have come too late.',
    labels: { ...CHANNEL, kind: Object.keys(NOTICE_KINDS), outcome: NOTICE_ENDS },
    series: [],
    example: 'sum by (channel, kind) (increase(ec2_operator_notices_total{outcome="failed"}[1h])) > 0',
  },
  ec2_operator_notice_retries_total: {
    type: 'counter',
    help: 'Attempts to send a notice that have failed and are repeated.',
    labels: CHANNEL,
    series: [],
    example: 'sum by (channel) (increase(ec2_operator_notice_retries_total[15m])) > 0',
  },
  ec2_operator_notice_delivery_seconds: {
    type: 'histogram',
    help: 'How long a channel took to take a notice, or not to take it.',
    labels: CHANNEL,
    series: [],
    buckets: DELIVERIES,
    example: 'histogram_quantile(0.9, sum by (le, channel) (rate(ec2_operator_notice_delivery_seconds_bucket[1h])))',
  },
  ec2_operator_pending_notices: {
    type: 'gauge',
    help: 'Notices that are to be sent, now or after quiet hours.',
    labels: CHANNEL,
    series: [],
    example: 'max by (channel) (ec2_operator_pending_notices)',
  },
  ec2_operator_oldest_pending_notice_age_seconds: {
    type: 'gauge',
    help: 'How long ago the oldest notice was written that is still to be sent; 0 when there is none. In quiet hours notices grow old.',
    labels: CHANNEL,
    series: [],
    example: 'max by (channel) (ec2_operator_oldest_pending_notice_age_seconds) > 43200',
  },
  ec2_operator_slack_connected: {
    type: 'gauge',
    help: 'Whether an app of Slack is connected by Socket Mode (1), without which its buttons and `/ec2` do not work. There is one series for each app.',
    labels: { channel: 'the name of the first channel of the app' },
    series: [],
    example: 'min by (channel) (ec2_operator_slack_connected) < 1',
  },
} as const;

/** The metrics of pages that stay up to date. */
import type { Description } from './description.ts';

export const LIVE_METRICS = {
  ec2_operator_event_streams: {
    type: 'gauge',
    help: 'Open pages that are told what changes (`/api/v1/events`).',
    example: 'sum(ec2_operator_event_streams)',
  },
  ec2_operator_hints_total: {
    type: 'counter',
    help: 'Hints to open pages that machines have changed. `sent` counts each page; `joined` are changes that share a hint with others.',
    labels: { outcome: ['sent', 'joined'] },
    example: 'sum by (outcome) (rate(ec2_operator_hints_total[5m]))',
  },
} as const satisfies Readonly<Record<string, Description>>;

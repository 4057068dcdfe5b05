/** The metrics of the watch of machines. Only the replica that watches has values of the gauges. */
import { INSTANCE_STATES } from '../domain/instance.ts';
import type { Description } from './description.ts';

/** How a look at a place can end. */
export const LOOK_OUTCOMES = ['whole', 'throttled', 'failed'] as const;
export type LookOutcome = (typeof LOOK_OUTCOMES)[number];

const PLACE = {
  region: "as configured; empty for the AWS client's own",
  account: "as configured; empty for the process's own",
};

export const WATCH_METRICS = {
  ec2_operator_machines: {
    type: 'gauge',
    help: 'Machines that are watched, by their state at the last whole look at the account and region. Only the replica that watches shows them.',
    labels: { state: INSTANCE_STATES, ...PLACE },
    series: [],
    example: 'sum by (state) (ec2_operator_machines)',
  },
  ec2_operator_watch_age_seconds: {
    type: 'gauge',
    help: 'How long ago the machines of the account and region were looked at as a whole; before the first look, how long this replica has watched. Only the replica that watches shows it.',
    labels: PLACE,
    series: [],
    example: 'min by (account, region) (ec2_operator_watch_age_seconds) > 600',
  },
  ec2_operator_watch_looks_total: {
    type: 'counter',
    help: 'Looks at the machines of an account and region, by what came of them: once a minute each, less often where they fail.',
    labels: { outcome: LOOK_OUTCOMES },
    example: 'sum by (outcome) (increase(ec2_operator_watch_looks_total[1h]))',
  },
} as const satisfies Readonly<Record<string, Description>>;

/** The metrics of savings. All replicas show the same, because it is computed from the record of stops in the store. */
import { USUAL_DAYS } from '../domain/days.ts';
import { BASES, REGRET_MINUTES } from '../domain/savings-tally.ts';
import type { Description } from './description.ts';

/** What dollars can say. */
const DOLLARS = ['price', 'bill'] as const;

const LAST = `of the last ${USUAL_DAYS} days, today included`;

export const SAVINGS_METRICS = {
  ec2_operator_savings_stops: {
    type: 'gauge',
    help: `Stops ${LAST}: automatic are those of alerts and leases, asked those of people. Every replica shows it.`,
    labels: { basis: BASES },
    series: [],
    example: 'max by (basis) (ec2_operator_savings_stops)',
  },
  ec2_operator_savings_seconds: {
    type: 'gauge',
    help: `Stopped time ${LAST} by the record of stops, each up to savings.cap. Every replica shows it.`,
    labels: { basis: BASES },
    series: [],
    example: 'max(ec2_operator_savings_seconds{basis="automatic"}) / 3600',
  },
  ec2_operator_savings_dollars: {
    type: 'gauge',
    help: `Dollars saved by automatic stops ${LAST}: by the price of the machines, and what the bill really drops by. Hours without a known price count for nothing.`,
    labels: { sum: DOLLARS },
    series: [],
    example: 'max by (sum) (ec2_operator_savings_dollars)',
  },
  ec2_operator_savings_regrets: {
    type: 'gauge',
    help: `Automatic stops ${LAST} after which the machine was wanted back within so many minutes.`,
    labels: { within_minutes: REGRET_MINUTES.map(String) },
    series: [],
    example:
      'max(ec2_operator_savings_regrets{within_minutes="30"}) / (max(ec2_operator_savings_stops{basis="automatic"}) > 0)',
  },
  ec2_operator_savings_waited_seconds: {
    type: 'gauge',
    help: `How long people waited until machines ran again after automatic stops ${LAST}, in all.`,
    labels: {},
    series: [],
    example: 'max(ec2_operator_savings_waited_seconds)',
  },
} as const satisfies Readonly<Record<string, Description>>;

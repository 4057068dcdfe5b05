/** What stops are worth, and the machines that are watched. */
import type { Row } from './panel.ts';
import { growth } from './promql.ts';

const AUTOMATIC = 'max(ec2_operator_savings_stops{job="$job", basis="automatic"})';

/** Every replica shows the same sums, so they go through `max`. */
const savings: Row = {
  title: 'Savings and regrets of the last 30 days',
  panels: [
    {
      kind: 'number',
      title: 'Saved, by price',
      description: 'Stopped hours of automatic stops times the price of the machines. Commitments are paid anyway.',
      width: 6,
      unit: 'currencyUSD',
      queries: [{ expr: 'max(ec2_operator_savings_dollars{job="$job", sum="price"})', legend: 'dollars' }],
    },
    {
      kind: 'number',
      title: 'Regretted',
      description: 'The part of the automatic stops after which the machine was wanted back within 30 minutes.',
      width: 6,
      unit: 'percentunit',
      queries: [
        {
          expr: `max(ec2_operator_savings_regrets{job="$job", within_minutes="30"}) / (${AUTOMATIC} > 0)`,
          legend: 'regretted',
        },
      ],
    },
    {
      kind: 'number',
      title: 'Off the bill',
      description:
        'What the bill really drops by: reserved capacity goes on costing money while its machine is stopped.',
      width: 6,
      unit: 'currencyUSD',
      queries: [{ expr: 'max(ec2_operator_savings_dollars{job="$job", sum="bill"})', legend: 'dollars' }],
    },
    {
      kind: 'number',
      title: 'People waited',
      description: 'From when a person wanted a machine back until EC2 showed it running, in all.',
      width: 6,
      unit: 's',
      queries: [{ expr: 'max(ec2_operator_savings_waited_seconds{job="$job"})', legend: 'waited' }],
    },
    {
      kind: 'lines',
      title: 'Stopped time',
      description: 'Of the 30 days before each point: by automatic stops, and by stops that people asked for.',
      width: 12,
      unit: 's',
      queries: [{ expr: 'max by (basis) (ec2_operator_savings_seconds{job="$job"})', legend: '{{basis}}' }],
    },
    {
      kind: 'lines',
      title: 'Wanted back',
      description: 'Automatic stops of the 30 days before each point that were wanted back within so many minutes.',
      width: 12,
      queries: [
        {
          expr: 'max by (within_minutes) (ec2_operator_savings_regrets{job="$job"})',
          legend: 'within {{within_minutes}} min',
        },
        { expr: AUTOMATIC, legend: 'all stops' },
      ],
    },
  ],
};

const watch: Row = {
  title: 'Machines that are watched',
  panels: [
    {
      kind: 'lines',
      title: 'Machines by state',
      description: 'As the last whole look showed them. Only the replica that watches tells.',
      width: 8,
      queries: [{ expr: 'sum by (state) (ec2_operator_machines{job="$job"})', legend: '{{state}}' }],
    },
    {
      kind: 'lines',
      title: 'Age of the last look',
      description: 'By account and region. It stays below two minutes unless EC2 throttles or refuses the looks.',
      width: 8,
      unit: 's',
      queries: [
        {
          expr: 'min by (account, region) (ec2_operator_watch_age_seconds{job="$job"})',
          legend: '{{account}} {{region}}',
        },
      ],
    },
    {
      kind: 'bars',
      title: 'Looks',
      description: 'By what came of them.',
      width: 8,
      queries: [{ expr: growth('ec2_operator_watch_looks_total', 'outcome'), legend: '{{outcome}}' }],
    },
  ],
};

export const WORTH_ROWS: readonly Row[] = [savings, watch];

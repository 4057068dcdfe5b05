/** What a machine goes on costing while it is stopped: its volumes and Elastic IPs. */
import type { Machine } from './machine.ts';
import { tellDollars } from './price.ts';
import type { Volume } from './volume.ts';

/** Where AWS listed these prices, and since when they have been valid at least. Other regions are mostly dearer. */
export const STORAGE_LISTED = { region: 'us-east-1', date: '2026-07-20' } as const;

const HOURS_A_MONTH = 730;

/** Dollars a month ("Amazon EBS pricing"). IOPS and MiB a second cost beyond those that are included. */
interface Rates {
  readonly gib: number;
  readonly iops?: readonly Step[];
  readonly throughput?: readonly Step[];
}

/** Each unit beyond `from` costs so much, up to the next step. */
interface Step {
  readonly from: number;
  readonly each: number;
}

const RATES: ReadonlyMap<string, Rates> = new Map<string, Rates>([
  ['gp3', { gib: 0.08, iops: [{ from: 3_000, each: 0.005 }], throughput: [{ from: 125, each: 0.04 }] }],
  ['gp2', { gib: 0.1 }],
  ['io1', { gib: 0.125, iops: [{ from: 0, each: 0.065 }] }],
  [
    'io2',
    {
      gib: 0.125,
      iops: [
        { from: 0, each: 0.065 },
        { from: 32_000, each: 0.0455 },
        { from: 64_000, each: 0.03185 },
      ],
    },
  ],
  ['st1', { gib: 0.045 }],
  ['sc1', { gib: 0.015 }],
  ['standard', { gib: 0.05 }],
]);

/** Dollars an hour, as of every public IPv4 address ("Amazon VPC pricing"). */
const ELASTIC_IP = 0.005;

/** @param factor what a discount leaves of list prices @returns dollars an hour; undefined where a part is not known */
export function billsOnOf(
  { volumes, elasticIps }: Pick<Machine, 'volumes' | 'elasticIps'>,
  factor: number,
): number | undefined {
  if (volumes === undefined || elasticIps === undefined) return undefined;
  const monthly = volumes.map(monthlyOf);
  if (monthly.some((each) => each === undefined)) return undefined;
  const ofVolumes = monthly.reduce<number>((sum, each) => sum + (each ?? 0), 0) / HOURS_A_MONTH;
  return (ofVolumes + elasticIps * ELASTIC_IP) * factor;
}

function monthlyOf({ type, gib, iops = 0, throughput = 0 }: Volume): number | undefined {
  const rates = RATES.get(type);
  return rates && gib * rates.gib + costOf(rates.iops, iops) + costOf(rates.throughput, throughput);
}

function costOf(steps: readonly Step[] = [], units: number): number {
  return steps.reduce((sum, { from, each }, index) => {
    const until = steps[index + 1]?.from ?? Infinity;
    return sum + Math.max(0, Math.min(units, until) - from) * each;
  }, 0);
}

/** `$0.0219`: a disk costs cents an hour. */
export function tellBillsOn(perHour: number): string {
  return perHour === 0 || perHour >= 1 ? tellDollars(perHour) : `$${FINE.format(perHour)}`;
}

const FINE = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 4 });

/** `200 GiB gp3, 500 GiB io2 and 1 Elastic IP`; `nothing` without any. */
export function tellPossessions(volumes: readonly Volume[], elasticIps: number): string {
  const sizes = new Map<string, number>();
  for (const { type, gib } of volumes) sizes.set(type, (sizes.get(type) ?? 0) + gib);
  const ips = elasticIps === 0 ? [] : [`${elasticIps} Elastic IP${elasticIps === 1 ? '' : 's'}`];
  const parts = [...[...sizes].map(([type, gib]) => `${gib.toLocaleString('en-US')} GiB ${type}`), ...ips];
  return parts.length === 0 ? 'nothing' : AND.format(parts);
}

const AND = new Intl.ListFormat('en-GB');

/** What a machine goes on costing while it is stopped: its volumes and Elastic IPs. */
import type { Machine } from './machine.ts';
import { plain } from './plain.ts';
import { tellDollars, tellListed } from './price.ts';
import type { Volume } from './volume.ts';

/** Where and when AWS listed these prices. Other regions are mostly dearer. */
export const STORAGE_LISTED = { region: 'us-east-1', date: '2026-11-26' } as const;

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

type Possessions = Pick<Machine, 'volumes' | 'elasticIps'>;

/** @param factor what a discount leaves of list prices @returns dollars an hour; undefined where a part is not known */
export function billsOnOf({ volumes, elasticIps }: Possessions, factor: number): number | undefined {
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

/** `$0.0817: 700 GiB gp3 and 1 Elastic IP, at list price (us-east-1, 2026-11-26)`. */
export function tellBillsOn(machine: Possessions, factor: number): string {
  const { volumes, elasticIps } = machine;
  if (volumes === undefined || elasticIps === undefined) return 'not known: its volumes were not read yet';
  const perHour = billsOnOf(machine, factor);
  const things = tellPossessions(volumes, elasticIps);
  if (perHour === undefined) return `not known: ${things}`;
  if (perHour === 0) return 'nothing: it has neither volumes nor Elastic IPs';
  const discount = factor === 1 ? '' : ', less the discount';
  return `${tellSmall(perHour)}: ${things}, at list price (${tellListed([STORAGE_LISTED])})${discount}`;
}

/** A volume costs cents an hour. */
function tellSmall(perHour: number): string {
  return perHour >= 1 ? tellDollars(perHour) : `$${FINE.format(perHour)}`;
}

const FINE = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumSignificantDigits: 3 });

/** All volumes of a type together. */
function tellPossessions(volumes: readonly Volume[], elasticIps: number): string {
  const sizes = new Map<string, number>();
  for (const { type, gib } of volumes) sizes.set(type, (sizes.get(type) ?? 0) + gib);
  const ips = elasticIps === 0 ? [] : [`${elasticIps} Elastic IP${elasticIps === 1 ? '' : 's'}`];
  return AND.format([
    ...[...sizes].map(([type, gib]) => `${gib.toLocaleString('en-US')} GiB ${plain(type, 20)}`),
    ...ips,
  ]);
}

const AND = new Intl.ListFormat('en-GB');

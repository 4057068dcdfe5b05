/** The words of savings, and how each figure is counted: pages, messages and the command line say it alike. */
import type { CauseKind } from './cause.ts';
import { STORAGE_LISTED } from './bills-on.ts';
import { formatDuration } from './duration.ts';
import { plain } from './plain.ts';
import { tellDollars, tellListed } from './price.ts';
import { REGRET, type Figures } from './savings-tally.ts';
import type { PriceOrigin } from './stop-columns.ts';
import { tellHours } from './suggestion.ts';

/** `$4,120`, `$41.20`: cents say nothing about larger sums. */
export function tellSum(dollars: number): string {
  return Math.abs(dollars) < 100 ? tellDollars(dollars) : `$${WHOLE.format(dollars)}`;
}

/** `35 min`, `1,204 min`. */
export function tellMinutes(ms: number): string {
  return `${WHOLE.format(ms / 60_000)} min`;
}

/** `4 %`; below ten `3.5 %`, because most rates are small. */
export function tellRate(rate: number): string {
  const percent = rate * 100;
  return `${(percent < 10 ? TENTHS : WHOLE).format(percent)} %`;
}

/** `4 % of stops regretted (12 of 300)` */
export function tellRegrets({ stops, regrets }: Readonly<Figures>): string {
  return tellRegretsOf({ stops, regrets: regrets[REGRET] });
}

export function tellRegretsOf({ stops, regrets }: { readonly stops: number; readonly regrets: number }): string {
  if (stops === 0) return 'no stop in this time that could be regretted';
  return `${tellRate(regrets / stops)} of stops regretted (${WHOLE.format(regrets)} of ${WHOLE.format(stops)})`;
}

/** `UnusedGPU`, `lease of kim`, `asked for by kim`. The name may come from a label. */
export function tellRule({ by, id }: { readonly by: CauseKind; readonly id: string }): string {
  const name = plain(id, 80) || 'without a name';
  switch (by) {
    case 'alert':
      return name;
    case 'lease':
      return `lease of ${name}`;
    case 'person':
      return `asked for by ${name}`;
  }
}

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

/** By which prices dollars are: `as configured`, `at list price (us-east-1, 2026-07-20)`, or both. */
export function tellOrigins(origins: readonly PriceOrigin[]): string {
  const list = origins.filter(({ basis }) => basis === 'list');
  const isConfigured = list.length < origins.length;
  if (list.length === 0 && isConfigured) return 'as configured';
  const listed = tellListed(list.map((one) => one.listed));
  return `at list price${listed === '' ? '' : ` (${listed})`}${isConfigured ? ' or as configured' : ''}`;
}

/** Less than this is the same sum, in dollars. */
const SAME = 0.005;

/** Whether the bill drops by less than the price says. */
export function hasTwoSums({ atPrice, offBill }: Readonly<Figures>): boolean {
  return Math.abs(atPrice - offBill) >= SAME;
}

export function isPriced({ savedMs, unpricedMs }: Readonly<Figures>): boolean {
  return savedMs > unpricedMs;
}

/** `$12.00`, `$12.00, and not known of 30 h`, or `not known`. */
export function tellBilledOn({ savedMs, billedOn, billedOnUnknownMs: unknown }: Readonly<Figures>): string {
  if (unknown === 0) return tellSum(billedOn);
  return unknown >= savedMs ? 'not known' : `${tellSum(billedOn)}, and not known of ${tellHours(unknown)}`;
}

/** How each figure is counted. */
export const COUNTED = {
  saved: (capMs: number) =>
    `Stopped time from a stop by an alert or a lease to the next start, within this period. A stop counts for ${formatDuration(capMs)} at most: without it, the machine would not have run for ever.`,
  atPrice: (basis: string) =>
    `Those hours times what an hour of the machine costs ${basis}. Commitments are paid anyway.`,
  offBill:
    'The same after discounts and Savings Plans, and without reserved capacity, which goes on costing money while its machine is stopped.',
  regrets: `Of the stops by alerts and leases that began in this period: those after which the machine was wanted back within ${REGRET} minutes.`,
  waited:
    'From when a person wanted a machine back until EC2 showed it running, after those stops. Its status checks pass some minutes later.',
  billedOn: `What volumes and Elastic IPs of the stopped machines cost meanwhile, at the list price of ${STORAGE_LISTED.region} and less the discount. It is not taken off the other sums.`,
  unpriced:
    'Hours of machines whose price is not known: they are counted as hours, and no dollars are made up for them.',
  asked:
    'Stopped time of the stops that people asked for. It is not a part of the other figures, and such a stop is no regret.',
} as const;

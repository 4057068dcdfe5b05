/** The price of a machine: dollars an hour while it runs. Pages, the API and messages tell it from here. */
import type { Billing } from './instance.ts';
import { LIST_PRICES, LISTED } from './list-prices.ts';

export interface Prices {
  /** The configured dollars an hour, by type, or by type and code such as `g5.xlarge RunInstances:0002`. */
  readonly configured: ReadonlyMap<string, number>;
  /** What a discount leaves of list prices. */
  readonly factor: number;
  /** The part of what machines cost that Savings Plans pay for anyway. */
  readonly coverage: number;
  /** As AWS's Pricing API has told them, by `priceKey`. Another replica may have asked: the map changes while the server runs. */
  readonly listed: Map<string, ListPrice>;
}

export interface ListPrice {
  readonly perHour: number;
  /** When AWS told it, in milliseconds since the epoch. */
  readonly at: number;
}

export interface Price {
  readonly perHour: number;
  readonly currency: 'USD';
  /** `configured` is what the company pays; `list` is what AWS lists, on demand. */
  readonly basis: (typeof PRICE_BASES)[number];
  /** Of a list price: where and when AWS listed it. */
  readonly listed?: { readonly region: string; readonly date: string };
  /** The part of it by which the bill drops, after discounts and Savings Plans. Absent: all of it. */
  readonly share?: number;
}

export const PRICE_BASES = ['configured', 'list'] as const;

/** What decides the price of a machine. */
export interface Priced {
  readonly type?: string;
  readonly lifecycle?: string;
  readonly billing?: Billing;
  readonly availabilityZone?: string;
}

/** What EC2 calls Linux without a fee for a licence. */
export const LINUX = 'RunInstances';

/** Where no more than the type of a machine is known. What tells its price says that this is assumed. */
export const ON_DEMAND_LINUX: Billing = { usage: LINUX, system: 'Linux/UNIX', tenancy: 'default' };

/** Each setting can be left out. */
export function createPrices(given: Partial<Omit<Prices, 'listed'>> = {}): Prices {
  return { configured: new Map(), factor: 1, coverage: 0, ...given, listed: new Map() };
}

/**
 * As configured, else by the Pricing API, else by the table. The price of a Spot machine changes by the hour, that of a dedicated host is
 * not the machine's, and an operation of an older version does not say how its machine is billed: nothing is known of theirs.
 */
export function priceOf(machine: Priced, { configured, factor, coverage, listed }: Prices): Price | undefined {
  const key = priceKey(machine);
  const { type, billing } = machine;
  if (key === undefined || type === undefined || billing === undefined) return undefined;
  const isPlain = billing.tenancy === 'default';
  const own = isPlain ? configured.get(billing.usage === LINUX ? type : `${type} ${billing.usage}`) : undefined;
  if (own !== undefined) return { perHour: own, currency: 'USD', basis: 'configured', ...shareOf(1 - coverage) };
  const list = { currency: 'USD', basis: 'list', ...shareOf(factor * (1 - coverage)) } as const;
  const told = listed.get(key);
  if (told !== undefined) {
    const date = new Date(told.at).toISOString().slice(0, 10);
    return { perHour: told.perHour, ...list, listed: { region: regionOfZone(machine.availabilityZone), date } };
  }
  const perHour = isPlain && billing.usage === LINUX ? LIST_PRICES.get(type) : undefined;
  return perHour === undefined ? undefined : { perHour, ...list, listed: LISTED };
}

/** Machines with the same key have the same list price. @returns undefined where a machine has none */
export function priceKey({ type, lifecycle, billing, availabilityZone }: Priced): string | undefined {
  if (type === undefined || lifecycle !== undefined || billing === undefined) return undefined;
  const { usage, tenancy } = billing;
  return tenancy === 'host' ? undefined : [regionOfZone(availabilityZone), type, usage, tenancy].join('|');
}

/** GovCloud has no Pricing API, and China lists prices in another currency. */
export function isListedRegion(region: string): boolean {
  return /^(af|ap|ca|eu|il|me|mx|sa|us)-(?!gov-)/.test(region);
}

/** A local zone has prices of its own: `us-west-2-lax-1a` is in `us-west-2-lax-1`. */
export function regionOfZone(zone = ''): string {
  return zone.replace(/[a-z]$/, '');
}

function shareOf(share: number): Pick<Price, 'share'> {
  return share === 1 ? {} : { share };
}

/** `$1.21`, or `$1.21 at list price (us-east-1, 2026-07-20)`. */
export function tellPrice({ perHour, basis, listed }: Pick<Price, 'perHour' | 'basis' | 'listed'>): string {
  return basis === 'list'
    ? `${tellDollars(perHour)} at list price${inBrackets(tellListed([listed]))}`
    : tellDollars(perHour);
}

function inBrackets(text: string): string {
  return text === '' ? '' : ` (${text})`;
}

/** More regions than these are counted. */
const MAX_REGIONS = 3;

/** Where and when AWS listed prices: `us-east-1, 2026-07-20`, or `5 regions, 2026-07-20 to 2026-11-27`; empty where there are none. */
export function tellListed(prices: readonly Price['listed'][]): string {
  const known = prices.filter((listed) => listed !== undefined);
  const regions = [...new Set(known.map(({ region }) => region))].toSorted();
  const dates = known.map(({ date }) => date).toSorted();
  const [first, last] = [dates[0], dates.at(-1)];
  if (first === undefined || last === undefined) return '';
  const where = regions.length > MAX_REGIONS ? `${regions.length} regions` : regions.join(' and ');
  return `${where}, ${first === last ? first : `${first} to ${last}`}`;
}

/** A thousand rows ask for it: to make one costs more than to write with it. */
const DOLLARS = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export function tellDollars(amount: number): string {
  return `$${DOLLARS.format(amount)}`;
}

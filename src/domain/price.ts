/** The price of a machine: dollars an hour while it runs. Pages, the API and messages tell it from here. */
import type { Instance } from './instance.ts';
import { LIST_PRICES, LISTED } from './list-prices.ts';

/** The configured dollars an hour, by exact type. */
export type Prices = ReadonlyMap<string, number>;

export interface Price {
  readonly perHour: number;
  readonly currency: 'USD';
  /** `configured` is what the company pays; `list` is what AWS lists, on demand and with Linux. */
  readonly basis: (typeof PRICE_BASES)[number];
  /** Of a list price: where and when AWS listed it. */
  readonly listed?: { readonly region: string; readonly date: string };
}

export const PRICE_BASES = ['configured', 'list'] as const;

/** The price of a Spot machine changes by the hour, and a reserved one is paid anyway: nothing is known of theirs. */
export function priceOf(
  { type, lifecycle }: Partial<Pick<Instance, 'type' | 'lifecycle'>>,
  prices: Prices,
): Price | undefined {
  if (type === undefined || lifecycle !== undefined) return undefined;
  const configured = prices.get(type);
  if (configured !== undefined) return { perHour: configured, currency: 'USD', basis: 'configured' };
  const perHour = LIST_PRICES.get(type);
  return perHour === undefined ? undefined : { perHour, currency: 'USD', basis: 'list', listed: LISTED };
}

/** `$1.21`, or `$1.21 at list price`. */
export function tellPrice(price: Pick<Price, 'perHour' | 'basis'>): string {
  return price.basis === 'list' ? `${tellDollars(price.perHour)} at list price` : tellDollars(price.perHour);
}

/** A thousand rows ask for it: to make one costs more than to write with it. */
const DOLLARS = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

export function tellDollars(amount: number): string {
  return `$${DOLLARS.format(amount)}`;
}

/** What an hour without a machine is worth. Both figures of savings come from here. */
import type { StopRecord } from './stop-record.ts';

/** Dollars an hour. */
export interface Rates {
  /** By the price of the machine: as configured, or at list price. */
  readonly atPrice: number;
  /** What the bill drops by, after discounts and Savings Plans: nothing where the capacity is paid for anyway. */
  readonly offBill: number;
}

/** @returns undefined where no price is known: then no dollars are invented */
export function ratesOf({ price, committed }: Pick<StopRecord, 'price' | 'committed'>): Rates | undefined {
  if (price === undefined) return undefined;
  return { atPrice: price.perHour, offBill: committed === undefined ? price.perHour * (price.share ?? 1) : 0 };
}

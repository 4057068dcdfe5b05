/** The part of the store port that is about list prices. */
import type { Priced } from '../domain/price.ts';

export interface PriceStore {
  /** What the Pricing API has told, by `priceKey`. */
  listPrices(): Promise<ReadonlyMap<string, ToldPrice>>;
  /** An earlier time than the known one changes nothing. Prices that were not asked for in a year are forgotten. */
  keepListPrice(key: string, price: ToldPrice): Promise<void>;
  /** What decides the prices of all listed machines; each combination once. */
  pricedMachines(): Promise<readonly Priced[]>;
}

export interface ToldPrice {
  /** Absent: AWS lists no such machine, or more than one. */
  readonly perHour?: number;
  readonly at: number;
}

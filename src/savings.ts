/** Puts together what the savings are computed from. */
import type { Config } from './config/schema.ts';
import { savingsOf } from './domain/savings.ts';
import type { Sums } from './domain/savings-tally.ts';
import { createKnownStops, type KnownStops, type KnownStopsParts } from './engine/known-stops.ts';
import { SAVINGS_DAYS } from './observe/catalog-savings.ts';

export interface OpenedSavings {
  readonly stops: KnownStops;
  /** As `savings.cap`, in milliseconds. */
  readonly capMs: number;
  /** Of the days that metrics speak of. */
  readonly lately: () => Promise<Readonly<Sums>>;
}

const DAY_MS = 86_400_000;

export function openSavings({ savings: { cap }, zone }: Config, parts: KnownStopsParts): OpenedSavings {
  const stops = createKnownStops(parts);
  return {
    stops,
    capMs: cap,
    lately: async () => {
      const until = parts.clock();
      const period = { since: until - SAVINGS_DAYS * DAY_MS, until, cap, zone };
      return savingsOf(await stops.read(), period).total;
    },
  };
}

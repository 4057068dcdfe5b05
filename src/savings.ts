/** Puts together what the savings are computed from. */
import type { Config } from './config/schema.ts';
import { lastDays, USUAL_DAYS } from './domain/days.ts';
import { savingsOf } from './domain/savings.ts';
import type { Sums } from './domain/savings-tally.ts';
import { createKnownStops, type KnownStops, type KnownStopsParts } from './engine/known-stops.ts';

export interface OpenedSavings {
  readonly stops: KnownStops;
  /** As `savings.cap`, in milliseconds. */
  readonly capMs: number;
  /** Of the days that metrics speak of. */
  readonly lately: () => Promise<Readonly<Sums>>;
}

export function openSavings({ savings: { cap }, zone }: Config, parts: KnownStopsParts): OpenedSavings {
  const stops = createKnownStops(parts);
  return {
    stops,
    capMs: cap,
    lately: async () => {
      const period = lastDays(USUAL_DAYS, parts.clock(), zone);
      return savingsOf(await stops.read(), { ...period, cap, zone }).total;
    },
  };
}

/** What stops have saved, as gauges. */
import { BASES, REGRET_MINUTES, type Sums } from '../domain/savings-tally.ts';
import type { Instruments } from './instruments.ts';

export interface SavingsGauges {
  /** Begins to bring the values up to date where they are old. No scrape waits for that: the first one has none of the series. */
  readonly refresh: () => void;
}

/** Sums of a month move slowly. */
const EVERY_MS = 5 * 60_000;

/** @param clock milliseconds that never go back */
export function createSavingsGauges(
  make: Instruments,
  read: () => Promise<Readonly<Sums>>,
  clock: () => number = () => performance.now(),
): SavingsGauges {
  const stops = make.gauge('ec2_operator_savings_stops');
  const saved = make.gauge('ec2_operator_savings_seconds');
  const dollars = make.gauge('ec2_operator_savings_dollars');
  const regrets = make.gauge('ec2_operator_savings_regrets');
  const waited = make.gauge('ec2_operator_savings_waited_seconds');
  let readAt = -Infinity;

  function show(sums: Readonly<Sums>): void {
    for (const basis of BASES) {
      stops.set({ basis }, sums[basis].stops);
      saved.set({ basis }, sums[basis].savedMs / 1_000);
    }
    const { automatic } = sums;
    dollars.set({ sum: 'price' }, automatic.atPrice);
    dollars.set({ sum: 'bill' }, automatic.offBill);
    for (const minutes of REGRET_MINUTES) regrets.set({ within_minutes: String(minutes) }, automatic.regrets[minutes]);
    waited.set(automatic.waitedMs / 1_000);
  }

  /** A missing value is better than an old one, or than a NaN, which a sum over replicas would take up. */
  function forget(): void {
    for (const gauge of [stops, saved, dollars, regrets]) gauge.reset();
    // A reset would leave the one series without labels, at 0.
    waited.remove();
    readAt = -Infinity;
  }

  forget();

  return {
    refresh: () => {
      if (clock() - readAt < EVERY_MS) return;
      readAt = clock();
      void read().then(show, forget);
    },
  };
}

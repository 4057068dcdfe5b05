/** A replay as the command and the API answer it. */
import { ON_DEMAND_LINUX, priceOf, type Price, type Prices } from './price.ts';
import { worstOf, type RegretName, type Replayed } from './replay.ts';
import { tellOrigins } from './savings-words.ts';

export interface PolicyView {
  readonly name: string;
  /** From quiet to the stop; with guards, to the moment at which they are asked. */
  readonly quietMinutes: number;
  /** All hours that are known to be without use. */
  readonly idleHours: number;
  /** The hours of them in which the machines would have stood still. */
  readonly savedHours: number;
  readonly stops: number;
  /** The stops after which the machine was wanted within the time, as counts. */
  readonly regrets: Readonly<Record<RegretName, number>>;
  /** The stops after which the machine was wanted at all, and how long people would have waited for its starts. */
  readonly wantedBack: number;
  readonly waitedMinutes: number;
  /** Stops with no record of the time after them: whether the machine was wanted is not known. */
  readonly unknownEnds: number;
  /** At the prices that are known; absent where no machine has one. */
  readonly savedDollars?: number;
  /** By which prices they are, as `at list price (us-east-1, 2026-07-20)`; absent with them. */
  readonly dollarsBasis?: string;
  /** Saved hours of machines without a known price. */
  readonly unpricedHours: number;
  /** How often a guard let no stop happen before the machine was wanted again. */
  readonly heldBack: Readonly<Record<string, number>>;
  /** The machines with the most regrets within 30 minutes. */
  readonly worst: readonly WorstView[];
}

export interface WorstView {
  readonly machine: string;
  readonly stops: number;
  readonly savedHours: number;
  readonly regrets: Readonly<Record<RegretName, number>>;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const WORST = 5;

/** @param startMs how long a start takes until people can work, in milliseconds */
export function viewOf(replayed: Replayed, startMs: number, prices: Prices): PolicyView {
  const { policy, total } = replayed;
  const origins: Price[] = [];
  let [dollars, pricedMs] = [0, 0];
  for (const { past, savedMs } of replayed.machines) {
    const price = priceOf({ billing: ON_DEMAND_LINUX, ...past }, prices);
    if (price === undefined) continue;
    origins.push(price);
    pricedMs += savedMs;
    dollars += (savedMs / HOUR_MS) * price.perHour;
  }
  return {
    name: policy.name,
    quietMinutes: policy.quietMs / MINUTE_MS,
    idleHours: total.idleMs / HOUR_MS,
    savedHours: total.savedMs / HOUR_MS,
    stops: total.stops,
    regrets: { ...total.regrets },
    wantedBack: total.wanted,
    waitedMinutes: (total.wanted * startMs) / MINUTE_MS,
    unknownEnds: total.unknownEnds,
    ...(origins.length === 0
      ? {}
      : { savedDollars: Math.round(100 * dollars) / 100, dollarsBasis: tellOrigins(origins) }),
    unpricedHours: (total.savedMs - pricedMs) / HOUR_MS,
    heldBack: { ...total.heldBack },
    worst: worstOf(replayed, WORST).map(({ past, stops, savedMs, regrets }) => ({
      machine: past.machine,
      stops,
      savedHours: savedMs / HOUR_MS,
      regrets: { ...regrets },
    })),
  };
}

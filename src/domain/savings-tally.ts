/** The sums of savings: which there are, and how one is added to another. */

/** Of which stops a figure speaks: those of alerts and leases, or those that people asked for. */
export const BASES = ['automatic', 'asked'] as const;
export type Basis = (typeof BASES)[number];

/** Within how long after an automatic stop the machine was wanted back, in minutes. */
export const REGRET_MINUTES = [15, 30, 60] as const;
export type RegretMinutes = (typeof REGRET_MINUTES)[number];

/** The time within which a stop counts as a regret where one number is to say it. */
export const REGRET: RegretMinutes = 30;

export interface Figures {
  /** Stops that began in the period. */
  stops: number;
  /** Stopped time within the period, in milliseconds: also of stops that began before it. */
  savedMs: number;
  /** The part of it without a known price. */
  unpricedMs: number;
  /** Dollars, by the price of the machine. */
  atPrice: number;
  /** Dollars that the bill really drops by. */
  offBill: number;
  /** Dollars that went on being billed meanwhile, for volumes and Elastic IPs. They are not a part of the others. */
  billedOn: number;
  /** The part of the stopped time, in milliseconds, of machines whose volumes or Elastic IPs were not known at the stop. */
  billedOnUnknownMs: number;
  /** Of the stops that began in the period: how many machines were wanted back within so many minutes. */
  regrets: Record<RegretMinutes, number>;
  /** Of the same stops: how often a person waited for the machine, and how long in all, in milliseconds. */
  waits: number;
  waitedMs: number;
}

export type Sums = Record<Basis, Figures>;

export function noFigures(): Figures {
  return {
    stops: 0,
    savedMs: 0,
    unpricedMs: 0,
    atPrice: 0,
    offBill: 0,
    billedOn: 0,
    billedOnUnknownMs: 0,
    regrets: { 15: 0, 30: 0, 60: 0 },
    waits: 0,
    waitedMs: 0,
  };
}

export function noSums(): Sums {
  return { automatic: noFigures(), asked: noFigures() };
}

export function addFigures(sum: Figures, more: Readonly<Figures>): void {
  sum.stops += more.stops;
  sum.savedMs += more.savedMs;
  sum.unpricedMs += more.unpricedMs;
  sum.atPrice += more.atPrice;
  sum.offBill += more.offBill;
  sum.billedOn += more.billedOn;
  sum.billedOnUnknownMs += more.billedOnUnknownMs;
  for (const minutes of REGRET_MINUTES) sum.regrets[minutes] += more.regrets[minutes];
  sum.waits += more.waits;
  sum.waitedMs += more.waitedMs;
}

/** The part of the automatic stops that were regretted; undefined without stops. */
export function regretRate({ stops, regrets }: Readonly<Figures>, minutes: RegretMinutes = REGRET): number | undefined {
  return stops === 0 ? undefined : regrets[minutes] / stops;
}

/** The query of the savings page: the address holds all of it. */
import * as z from 'zod';
import { USUAL_DAYS } from '../../domain/days.ts';
import { periodOf, savingsPeriod } from '../../http/savings-period.ts';
import { SAVINGS_GROUPS } from '../../http/savings-schemas.ts';

/** The periods that can be chosen, by their days. */
export const PERIODS: ReadonlyMap<number, string> = new Map([
  [7, '7 days'],
  [30, '30 days'],
  [90, '90 days'],
  [365, 'a year'],
]);
export const LONGEST_DAYS = 365;

export const savingsPageQuerySchema = z.object({
  ...savingsPeriod,
  by: z.enum(SAVINGS_GROUPS).default('day').describe('By what the table adds up.'),
  mine: z.enum(['true', 'false']).optional().describe('Only machines whose owner is the person who asks.'),
});
export type SavingsPageQuery = z.output<typeof savingsPageQuerySchema>;

/** Times are milliseconds since the epoch. */
export interface ShownPeriod {
  readonly since: number;
  readonly until: number;
  /** How many days up to now. Absent where the address names the times. */
  readonly days?: number;
}

/** @throws ProblemError with 400 for times that make no period */
export function shownPeriod({ days, since, until }: SavingsPageQuery, now: number, zone: string): ShownPeriod {
  if (days === undefined && since !== undefined) return periodOf({ since, until }, now, zone);
  // A person who chooses a period means it, also on a page whose address had times.
  const chosen = days ?? USUAL_DAYS;
  return { ...periodOf({ days: chosen }, now, zone), days: chosen };
}

/** The address of the same page with some of it changed. */
export function addressOf(query: SavingsPageQuery, changes: Partial<SavingsPageQuery> = {}): string {
  const { days, since, until, by, mine } = { ...query, ...changes };
  const parameters = new URLSearchParams({
    ...(days === undefined ? timesIn({ since, until }) : { days: String(days) }),
    by,
    ...(mine === 'true' ? { mine } : {}),
  });
  return `?${parameters.toString()}`;
}

/** As the address writes them. */
export function timesIn({ since, until }: Pick<SavingsPageQuery, 'since' | 'until'>): Readonly<Record<string, string>> {
  return {
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
  };
}

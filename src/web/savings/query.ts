/** The query of the savings page: the address holds all of it. */
import * as z from 'zod';
import { ProblemError } from '../../http/problem.ts';
import { instant } from '../../http/schemas.ts';

/** The periods that can be chosen, in days. */
export const PERIODS = {
  '7d': [7, '7 days'],
  '30d': [30, '30 days'],
  '90d': [90, '90 days'],
  '365d': [365, 'a year'],
} as const;
type Period = keyof typeof PERIODS;

const PERIOD_NAMES = ['7d', '30d', '90d', '365d'] as const satisfies readonly Period[];

/** By what the table adds up. */
export const GROUPINGS = { day: 'day', machine: 'machine', owner: 'owner', rule: 'rule' } as const;

export const savingsPageQuerySchema = z.object({
  period: z.enum(PERIOD_NAMES).optional().describe('How far back the figures go. Default: `30d`.'),
  since: instant.optional().describe('The begin of the figures, in place of `period`.'),
  until: instant.optional().describe('With `since`, their end. Default, and at most: now.'),
  by: z.enum(['day', 'machine', 'owner', 'rule']).default('day').describe('By what the table adds up.'),
  mine: z.enum(['true', 'false']).optional().describe('Only machines whose owner is the person who asks.'),
});
export type SavingsPageQuery = z.output<typeof savingsPageQuerySchema>;

/** Times are milliseconds since the epoch. */
export interface ShownPeriod {
  readonly since: number;
  readonly until: number;
  /** Absent where the address names the times. */
  readonly name?: Period;
}

const USUAL: Period = '30d';
const DAY_MS = 86_400_000;
/** More days than any record has would only cost time. */
const MOST_DAYS = 3_660;

/** @throws ProblemError with 400 for times that make no period */
export function periodOf(
  { period, since, until = Infinity }: SavingsPageQuery,
  now: number,
  zone: string,
): ShownPeriod {
  // A person who chooses a period means it, wherever she has come from.
  if (period !== undefined || since === undefined)
    return { ...lastDays(period ?? USUAL, now, zone), name: period ?? USUAL };
  const end = Math.min(until, now);
  if (since < end && end - since <= MOST_DAYS * DAY_MS) return { since, until: end };
  throw new ProblemError(400, `expected since at most ${MOST_DAYS} days before until, and before now`);
}

/** Today, and the days before it. */
function lastDays(period: Period, now: number, zone: string): { readonly since: number; readonly until: number } {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
  return { since: today.subtract({ days: daysIn(period) - 1 }).startOfDay().epochMilliseconds, until: now };
}

export function daysIn(period: Period): number {
  return PERIODS[period][0];
}

/** The address of the same page with some of it changed. */
export function addressOf(query: SavingsPageQuery, changes: Partial<SavingsPageQuery> = {}): string {
  const { period, since, until, by, mine } = { ...query, ...changes };
  const parameters = new URLSearchParams({
    ...(period === undefined ? timesIn({ since, until }) : { period }),
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

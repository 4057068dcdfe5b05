/** The query of the savings page: the address holds all of it. */
import * as z from 'zod';

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
  period: z.enum(PERIOD_NAMES).default('30d').describe('How far back the figures go.'),
  by: z.enum(['day', 'machine', 'owner', 'rule']).default('day').describe('By what the table adds up.'),
  mine: z.enum(['true', 'false']).optional().describe('Only machines whose owner is the person who asks.'),
});
export type SavingsPageQuery = z.output<typeof savingsPageQuerySchema>;

/** Today, and the days before it. @returns the beginning of the first day, in milliseconds since the epoch */
export function beginOf({ period }: Pick<SavingsPageQuery, 'period'>, now: number, zone: string): number {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
  return today.subtract({ days: daysIn({ period }) - 1 }).startOfDay().epochMilliseconds;
}

export function daysIn({ period }: Pick<SavingsPageQuery, 'period'>): number {
  return PERIODS[period][0];
}

/** The address of the same page with some of it changed. */
export function addressOf(query: SavingsPageQuery, changes: Partial<SavingsPageQuery> = {}): string {
  const { period, by, mine } = { ...query, ...changes };
  const parameters = new URLSearchParams({ period, by, ...(mine === 'true' ? { mine } : {}) });
  return `?${parameters.toString()}`;
}

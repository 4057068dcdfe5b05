/** The period that savings are asked for, by the page and by the API. */
import * as z from 'zod';
import { lastDays, USUAL_DAYS } from '../domain/days.ts';
import { ProblemError } from './problem.ts';
import { instant } from './schemas.ts';

/** More days than any record has would only cost time. */
const MOST_DAYS = 3_660;
const DAY_MS = 86_400_000;

export const savingsPeriod = {
  days: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST_DAYS)
    .optional()
    .describe(`The last so many days, the day of \`until\` included. Default, without \`since\`: ${USUAL_DAYS}.`),
  since: instant.optional().describe('The begin of the period, where no `days` are named.'),
  until: instant.optional().describe('Its end. Default, and at most: now.'),
};

export interface AskedPeriod {
  readonly days?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/** @throws ProblemError with 400 for times that make no period */
export function periodOf(
  { days, since, until: asked = Infinity }: AskedPeriod,
  now: number,
  zone: string,
): { readonly since: number; readonly until: number } {
  const until = Math.min(now, asked);
  if (days !== undefined || since === undefined) return lastDays(days ?? USUAL_DAYS, until, zone);
  if (since >= until) throw new ProblemError(400, 'expected since to be earlier than until, and than now');
  if (until - since <= MOST_DAYS * DAY_MS) return { since, until };
  throw new ProblemError(400, `since: expected at most ${MOST_DAYS} days before until`);
}

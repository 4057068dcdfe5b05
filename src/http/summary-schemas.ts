/** The sum of dry runs, as it goes over HTTP. */
import * as z from 'zod';
import { instanceSchema, instant, time, type Shown } from './schemas.ts';

export const summaryQuerySchema = z.object({
  since: instant.optional().describe('Only operations created since this time. Default: the last 7 days.'),
});
export type SummaryQuery = z.output<typeof summaryQuerySchema>;

const rowSchema = z.object({
  instance: instanceSchema,
  rule: z.string().describe('The name of the alert.'),
  stops: z.int().describe('How often the rule would have stopped the machine.'),
  stoppedSeconds: z
    .int()
    .describe(
      'How long the machine would have stood still because of it: until its alert was over, or a real start or stop came. Time that two rules share counts for the first.',
    ),
  firstAt: time.describe('When its first dry run ended.'),
  lastAt: time,
  heldBack: z.int().describe('How many of its dry runs would have been held back.'),
  mostHeldBy: z.string().optional().describe('The guard, or the reason, that would have held back most of them.'),
});

export const summaryAnswerSchema = z.object({
  since: time.describe('Later than asked for where there is more than one answer sums up.'),
  isShortened: z.boolean().describe('Whether `since` is later than asked for.'),
  rows: z.array(rowSchema).describe('By machine and rule, the longest time first.'),
  real: z
    .object({ automatic: z.int(), byPeople: z.int(), machines: z.int() })
    .describe('The stops that were really made in the same time, and of how many machines.'),
});
export type SummaryAnswer = Shown<z.input<typeof summaryAnswerSchema>>;

/** How a replay of the recorded history looks over HTTP. */
import * as z from 'zod';
import { formatDuration, parseDuration } from '../domain/duration.ts';
import { bodyOf } from './parse-body.ts';
import { time, type Shown } from './schemas.ts';

const WINDOW = { leastMs: 60_000, mostMs: 7 * 86_400_000 } as const;

const windowLength = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= WINDOW.leastMs && ms <= WINDOW.mostMs) return ms;
  const message = `expected a duration from ${formatDuration(WINDOW.leastMs)} to ${formatDuration(WINDOW.mostMs)}, such as 60m`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

export const MOST_DAYS = 400;
const MOST_POLICIES = 10;
/** Much more than a real one has. Other requests wait while it is read. */
const MOST_CONFIG = 64 * 1024;

export const replayBody = bodyOf(
  z.strictObject({
    days: z.int().min(1).max(MOST_DAYS).default(30).describe('How many of the last days are replayed.'),
    ruleWindows: z
      .array(windowLength)
      .min(1)
      .max(MOST_POLICIES)
      .optional()
      .describe('How long the rules would look back: a policy for each, in this order. Default: as they do now.'),
    ruleWindowNow: windowLength
      .default(30 * 60_000)
      .describe(
        'How long the rules look back now, which the server does not know. Default: `30m`, as the shipped rules.',
      ),
    config: z
      .string()
      .max(MOST_CONFIG)
      .optional()
      .describe(
        'A configuration file in YAML, whose guards are asked and whose prices count. Default: those in force.',
      ),
  }),
);
export type ReplayAsk = ReturnType<(typeof replayBody)['parse']>;

const count = z.int();

const regretsSchema = z.object({ '15m': count, '30m': count, '60m': count });

const dollarsBasis = z
  .string()
  .optional()
  .describe('By which prices the dollars are, for people, such as `at list price (us-east-1, 2026-07-20)`.');

const policySchema = z.object({
  name: z.string(),
  quietMinutes: z.number().describe('From quiet to the moment at which the guards are asked.'),
  idleHours: z.number().describe('All hours of which alerts say that the machines were idle.'),
  savedHours: z.number().describe('The hours of them in which the machines would have stood still.'),
  stops: count,
  regrets: regretsSchema.describe('The stops after which the machine was wanted within the time, as counts.'),
  wantedBack: count.describe('The stops after which the machine was wanted at all.'),
  waitedMinutes: z.number().describe('How long people would have waited for the starts after them.'),
  unknownEnds: count.describe(
    'Stops with no record of the time after them: whether the machine was wanted is not known.',
  ),
  savedDollars: z.number().optional().describe('At the prices that are known.'),
  dollarsBasis,
  unpricedHours: z.number().describe('Saved hours without a known price.'),
  heldBack: z
    .record(z.string(), count)
    .describe('How often a guard let no stop happen before the machine was wanted again, by its name.'),
  worst: z
    .array(z.object({ machine: z.string(), stops: count, savedHours: z.number(), regrets: regretsSchema }))
    .readonly()
    .describe('The machines with the most regrets within 30 minutes.'),
});

export const replayAnswerSchema = z.object({
  since: time,
  until: time,
  machines: count.describe('The machines that alerts asked to stop.'),
  unknownHours: z
    .number()
    .describe('Their hours of which no alert says that they were idle: no policy saves anything there.'),
  startMinutes: z.number().describe('How long a start took until the machine was ready, as the record has it.'),
  happened: z
    .object({
      stops: count,
      savedHours: z.number(),
      regrets: regretsSchema,
      savedDollars: z.number().optional(),
      dollarsBasis,
      waitedMinutes: z.number(),
    })
    .describe(
      'What alerts have really stopped and saved in this time, as `/api/v1/savings` counts it, with its cap. Stops by leases and people are left out: no rule decides them.',
    ),
  asNow: policySchema.describe(
    'The rules and guards in force, replayed: by how much it differs from what happened, others may, too.',
  ),
  policies: z.array(policySchema).readonly().describe('What was asked for, in the order of the question.'),
  notPriced: z.array(z.string()).readonly().describe('Why saved hours have no dollars, or not all, in sentences.'),
  notAsked: z.array(z.string()).readonly().describe('Settings that the record has no answer to.'),
  cannotTell: z.array(z.string()).readonly().describe('What history cannot tell, in sentences.'),
});
export type ReplayAnswer = Shown<z.input<typeof replayAnswerSchema>>;

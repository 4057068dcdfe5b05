/** How savings look over HTTP. */
import * as z from 'zod';
import { CAUSE_KINDS } from '../domain/cause.ts';
import { isZone } from '../domain/zone.ts';
import { savingsPeriod } from './savings-period.ts';
import { time, type Shown } from './schemas.ts';

export const SAVINGS_GROUPS = ['day', 'machine', 'owner', 'rule'] as const;

const text = z.string().min(1).max(256);

export const savingsQuerySchema = z.object({
  ...savingsPeriod,
  by: z.enum(SAVINGS_GROUPS).default('day').describe('What the rows add up.'),
  owner: text.optional().describe('Only machines that had this owner when they were stopped. `-`: without an owner.'),
  mine: z.enum(['true', 'false']).default('false').describe('Only machines whose owner is the sender.'),
  machine: text
    .optional()
    .describe('Only this machine, by its instance id or its tag `Name`, as it was at one of its stops.'),
  rule: text.optional().describe('Only stops by the alert, holder of a lease, or person of this name.'),
  zone: z
    .string()
    .max(64)
    .refine(isZone, 'expected an IANA time zone such as Europe/Berlin or UTC')
    .optional()
    .describe('In which days begin. Default: `zone` of the configuration.'),
});
export type SavingsAsk = z.output<typeof savingsQuerySchema>;

const count = z.int();

export const figuresSchema = z.object({
  stops: count.describe('Stops that began in the period.'),
  savedHours: z.number().describe('Stopped time within the period.'),
  unpricedHours: z.number().describe('The part of it for which no price is known: no dollars are made up for it.'),
  dollars: z
    .object({
      atPrice: z.number().describe('The hours times the price of the machine.'),
      offBill: z.number().describe('What the bill really drops by: less, where capacity is paid for anyway.'),
      billedOn: z
        .number()
        .describe(
          'What its volumes and Elastic IPs cost meanwhile, at the list price of us-east-1 and less `prices.factor`. Not taken off the other two. See `billedOnUnknownHours`.',
        ),
    })
    .describe('US dollars.'),
  billedOnUnknownHours: z
    .number()
    .describe(
      'Saved hours of machines whose volumes or Elastic IPs were not known at the stop: `billedOn` is without them.',
    ),
  regrets: z
    .object({ '15m': count, '30m': count, '60m': count })
    .describe('After how many of the stops the machine was wanted back within that time.'),
  regretRate: z.number().optional().describe('The part of automatic stops with a regret within 30 minutes.'),
  waits: count.describe('How often a person waited for a machine.'),
  waitedMinutes: z.number().describe('How long until the machines ran again, in all.'),
});
export type FiguresBody = Shown<z.input<typeof figuresSchema>>;

const sums = {
  automatic: figuresSchema.describe('Of stops by alerts and leases.'),
  asked: figuresSchema.describe('Of stops that people asked for. They are never regrets.'),
};

const savingsRowSchema = z.object({
  id: z
    .string()
    .optional()
    .describe('The date, the instance id, the owner, or the rule. Absent for machines without an owner.'),
  name: z.string().optional(),
  owner: z.string().optional(),
  type: z.string().optional(),
  by: z.enum(CAUSE_KINDS).optional().describe('Of a rule: whether it is an alert, the holder of a lease, or a person.'),
  ...sums,
});
export type SavingsRowBody = Shown<z.input<typeof savingsRowSchema>>;

export const savingsAnswerSchema = z.object({
  since: time,
  until: time,
  firstStopAt: time
    .optional()
    .describe(
      'When the first stop of the record began, whosever it was. Of a longer period, nothing before it is known.',
    ),
  zone: z.string(),
  by: z.enum(SAVINGS_GROUPS),
  basis: z
    .string()
    .describe('By which prices the dollars are, for people, such as `at list price (us-east-1, 2026-07-20)`.'),
  total: z.object(sums),
  rows: z.array(savingsRowSchema).describe('Days oldest first; all others with the most hours first.'),
  suggestions: z
    .array(
      z.object({
        about: z.enum(['machine', 'rule']),
        id: z.string(),
        name: z.string().optional(),
        stops: count.describe('Stops by alerts alone: a longer quiet time changes no others.'),
        regrets: count.describe('Of these, those with a regret within 30 minutes.'),
        longerByMinutes: count.describe('How much longer the quiet time would be.'),
        avoided: count.describe('Stops that would not have been made.'),
        costHours: z.number().describe('Hours that would not have been saved.'),
        message: z.string(),
      }),
    )
    .describe(
      'Where a longer quiet time of alerts would have spared people most. The other figures count leases, too.',
    ),
  counted: z.record(z.string(), z.string()).describe('How each figure is counted.'),
  mine: z.array(z.string()).optional().describe('With `mine=true`: the values of the tag by which a machine is yours.'),
});
export type SavingsAnswer = Shown<z.input<typeof savingsAnswerSchema>>;

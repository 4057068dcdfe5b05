/** How machines look over HTTP. */
import * as z from 'zod';
import { CAUSE_KINDS } from '../domain/cause.ts';
import { HELD_BACK_BY } from '../domain/coming-stop.ts';
import { INSTANCE_STATES, type InstanceState } from '../domain/instance.ts';
import { PRICE_BASES } from '../domain/price.ts';
import { splitListed } from '../domain/listed.ts';
import { parseTags, TAGS_FORM, type Selector } from '../domain/selector.ts';
import { MACHINE_SORTS } from '../store/machine-port.ts';
import { holdSchema } from './hold-schemas.ts';
import { leaseSchema } from './lease-schemas.ts';
import { planSchema } from './plan-schemas.ts';
import { instanceSchema, instant, operationSchema, pageSize, time, type Shown } from './schemas.ts';

const priceSchema = z
  .object({
    perHour: z.number(),
    currency: z.literal('USD'),
    basis: z
      .enum(PRICE_BASES)
      .describe(
        '`configured`: by `prices` of the configuration; `list`: what AWS lists on demand for its operating system.',
      ),
    listed: z
      .object({ region: z.string(), date: z.iso.date() })
      .optional()
      .describe('Of a list price: where and when AWS listed it.'),
    share: z
      .number()
      .optional()
      .describe('By which part of it the bill drops, after discounts and Savings Plans. Absent: by all of it.'),
  })
  .describe('What the machine costs an hour while it runs. Absent where that is not known, and for Spot machines.');

const stateCauseSchema = z.object({
  by: z
    .enum([...CAUSE_KINDS, 'outside', 'before'])
    .describe(
      '`outside`: not through ec2-operator, but by the console, terraform or EC2 itself; `before`: it was so when the machine was seen first.',
    ),
  operation: z.string().optional().describe('The operation that asked EC2 for it.'),
  who: z.string().optional().describe('The alert, the person, or the holder of the lease.'),
  detail: z.string().optional().describe("EC2's own reason."),
});

export const machineSchema = z.object({
  ...instanceSchema.shape,
  availabilityZone: z.string(),
  type: z.string(),
  state: z.enum(INSTANCE_STATES),
  since: time.describe('Since when it is in this state.'),
  why: stateCauseSchema.describe('Why it came into this state.'),
  launchedAt: time,
  seenAt: time.describe('When EC2 showed it last.'),
  forgottenAt: time
    .optional()
    .describe('Since when it is not in the list any more: EC2 does not show it, or it is not watched.'),
  tags: z.record(z.string(), z.string()),
  lifecycle: z.string().optional().describe('Such as `spot`. Absent for on-demand.'),
  managedBy: z.string().optional().describe('The AWS service that runs the machine, if one does.'),
  price: priceSchema.optional(),
  stopsAt: time
    .optional()
    .describe(
      'When it stops: as people were warned, else at the end of its lease. Absent where no time is set, where the stop is held back (`stopHeldBack`), or where a start or stop is under way.',
    ),
  stopHeldBack: z
    .object({
      at: time.describe('When it would stop.'),
      by: z.enum(HELD_BACK_BY),
      who: z.string().optional().describe('Who has paused.'),
      until: time.optional().describe('The stop may come then, if all stays as it is. Absent where it has no end.'),
    })
    .optional()
    .describe(
      'Instead of `stopsAt`: a pause, the tag `hold-until` of the machine, its change windows or a limit on automatic stops do not allow the stop at that time. It is what ends last.',
    ),
  hold: holdSchema.optional().describe('The hold that ends last.'),
  heldByTag: z
    .object({
      until: time.optional().describe('Absent where it has no end.'),
      message: z.string().describe('The tag, and how it was understood.'),
    })
    .optional()
    .describe('The tag `hold-until` of the machine, which holds automatic stops back like a hold.'),
  lease: leaseSchema.optional(),
  open: operationSchema
    .optional()
    .describe(
      'The open operation that decides what comes: one that was sent, else a stop that waits, else the newest. Never a dry run.',
    ),
  last: operationSchema.optional().describe('Its newest operation; it may be a dry run.'),
});
export type MachineBody = Shown<z.input<typeof machineSchema>>;

export const machinesAnswerSchema = z.object({
  machines: z.array(machineSchema),
  total: z.int().describe('How many machines match.'),
  known: z.int().describe('How many machines there are at all.'),
  mine: z.array(z.string()).optional().describe('With `mine=true`: the values of the tag by which a machine is yours.'),
  cursor: z.string().optional().describe('Ask for the next page with it; absent on the last one.'),
});
export type MachinesAnswer = Shown<z.input<typeof machinesAnswerSchema>>;

const intervalSchema = z.object({
  state: z.enum(INSTANCE_STATES),
  since: time,
  until: time.optional().describe('Absent while it lasts.'),
  why: stateCauseSchema,
});

const billsOnSchema = z
  .object({
    perHour: z
      .number()
      .optional()
      .describe('In US dollars, less `prices.factor`. Absent where a part is not known, or AWS lists no price of it.'),
    listed: z.object({ region: z.string(), date: z.iso.date() }).optional().describe('Where and when AWS listed it.'),
    volumes: z
      .array(
        z.object({
          type: z.string(),
          gib: z.int(),
          iops: z.int().optional(),
          throughput: z.int().optional().describe('MiB a second.'),
        }),
      )
      .optional()
      .describe('Its EBS volumes, as they were read once a day. Absent as long as they were not.'),
    elasticIps: z.int().optional(),
  })
  .describe('What the machine goes on costing while it is stopped.');

const outlookSchema = planSchema.omit({ fingerprint: true, operation: true });

export const machineAnswerSchema = z.object({
  machine: machineSchema,
  billsOn: billsOnSchema.optional(),
  intervals: z.array(intervalSchema).describe('Its states since `since`, oldest first.'),
  holds: z.array(holdSchema).describe('All its holds.'),
  operations: z.array(operationSchema).describe('Its newest operations, at most 20, newest first.'),
  stop: z
    .object({
      byAlert: outlookSchema.describe('What the stop of an alert that fires now would meet.'),
      byPerson: outlookSchema.describe('What a stop by a person would meet.'),
    })
    .optional()
    .describe(
      'What a stop would meet now, as `POST /api/v1/plan` tells it. Absent where EC2 could not be asked in time.',
    ),
  stopUnknown: z.string().optional().describe('Why `stop` is absent.'),
});
export type MachineAnswer = Shown<z.input<typeof machineAnswerSchema>>;

const machineStates = z.string().transform((text, context): readonly InstanceState[] => {
  const given = new Set(text.split(','));
  const known = INSTANCE_STATES.filter((state) => given.has(state));
  if (known.length === given.size) return known;
  context.addIssue(`expected some of ${INSTANCE_STATES.join(', ')}, separated by commas`);
  return z.NEVER;
});

const tags = z.string().transform((text, context): Selector => {
  const read = parseTags(text);
  if (read.ok) return read.value;
  context.addIssue(TAGS_FORM);
  return z.NEVER;
});

const owners = z
  .string()
  .max(2_000)
  .transform((text) => splitListed(text).map((owner) => owner.trim()))
  .refine((list) => list.every((owner) => owner !== ''), 'expected owners separated by commas')
  // The empty owner is that of machines without one.
  .transform((list) => list.map((owner) => (owner === '-' ? '' : owner)));

/** How many machines come before the page. */
const cursor = z.string().transform((text, context): number => {
  const before = /^m(\d{1,7})$/.exec(text)?.[1];
  if (before !== undefined) return Number(before);
  context.addIssue('expected the `cursor` of an earlier answer');
  return z.NEVER;
});

export function cursorAfter(before: number): string {
  return `m${before}`;
}

/** In characters: the longest value of a tag has 256. */
export const MOST_TEXT = 300;

export const machinesQuerySchema = z.object({
  owner: owners
    .optional()
    .describe(
      'Only machines of this owner, or of several, separated by commas; a comma within a name has a `\\` before it. `-`: without an owner.',
    ),
  mine: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Only machines whose owner is the sender: the name of the token, or the e-mail address of the login.'),
  state: machineStates.optional().describe('One state, or several separated by commas.'),
  tag: tags.optional().describe('Only machines with these tags, such as `team=ml` or `team=ml,stage=dev`.'),
  text: z
    .string()
    .max(MOST_TEXT)
    .optional()
    .describe('Only machines with this in their id, name, owner, type or tags. Case does not matter.'),
  sort: z.enum(MACHINE_SORTS).default('name').describe('`since`: how long in its state; `stops`: what stops next.'),
  order: z.enum(['asc', 'desc']).default('asc'),
  limit: pageSize,
  cursor: cursor.optional(),
});
export type MachinesListQuery = z.output<typeof machinesQuerySchema>;

export const machineParamsSchema = z.object({
  id: z.string().max(256).describe('The instance id, or the tag `Name`, of exactly one machine.'),
});
export type MachineParams = z.output<typeof machineParamsSchema>;

export const machineQuerySchema = z.object({
  since: instant.optional().describe('How far back `intervals` goes. Default: 24 hours.'),
});
export type MachineQuery = z.output<typeof machineQuerySchema>;

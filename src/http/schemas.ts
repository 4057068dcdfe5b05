/** The JSON of requests and answers: the schemas validate it, describe it in `openapi.json`, and type the handlers. */
import * as z from 'zod';
import { CAUSE_KINDS } from '../domain/cause.ts';
import { parseDuration } from '../domain/duration.ts';
import { CLIENTS, VERBS, VPC } from '../domain/intent.ts';
import { STATES, type State } from '../domain/operation.ts';
import { RECEIPT_OUTCOMES } from '../domain/receipt.ts';
import { trailEntrySchema } from '../domain/trail.ts';

export const time = z.iso.datetime();

/** `T` as a handler may return it: answers are only read. */
export type Shown<T> = T extends readonly (infer E)[]
  ? readonly Shown<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Shown<T[K]> }
    : T;

export const lastTime = time.optional().describe('When it came last, where it was repeated.');

export const receiptSchema = z.object({
  fingerprint: z.string(),
  outcome: z.enum(RECEIPT_OUTCOMES),
  reason: z.string().optional(),
  message: z.string().optional(),
  operation: z.string().optional().describe('The id of the operation that serves the alert.'),
});
export type Receipt = z.output<typeof receiptSchema>;

export const receiptsSchema = z.object({
  receipts: z.array(receiptSchema).describe('One per alert, in the order of the delivery.'),
});
export type ReceiptsAnswer = Shown<z.input<typeof receiptsSchema>>;

export const instanceSchema = z.object({
  id: z.string(),
  name: z.string().optional().describe("The machine's tag `Name`."),
  owner: z.string().optional().describe('Whom the machine belongs to, by its tags (`owners.tags`).'),
  region: z.string().optional(),
  account: z.string().optional(),
});

export const operationSchema = z.object({
  id: z.string(),
  state: z.enum(STATES),
  reason: z.string().optional(),
  message: z.string().optional().describe('A sentence that names the evidence.'),
  verb: z.enum(VERBS),
  target: z.string().describe('The machine, as the request named it.'),
  client: z.enum(CLIENTS),
  dryRun: z.boolean(),
  cause: z.object({
    by: z.enum(CAUSE_KINDS),
    name: z.string().describe("The alert's name, or the person's."),
    fingerprint: z.string().optional(),
    beganAt: time,
    delivery: z.string().optional().describe('The delivery that requested it.'),
    annotations: z
      .record(z.string(), z.string())
      .optional()
      .describe("The alert's summary, description, message, runbook and dashboard, each cut to a length."),
    generatorUrl: z.string().optional().describe("The alert's `generatorURL`, without credentials."),
  }),
  instance: instanceSchema.optional(),
  attempts: z.int(),
  createdAt: time,
  sentAt: time
    .optional()
    .describe('When the call was last sent to EC2. Until then, the operation can be cancelled. A dry run has none.'),
  acceptedAt: time.optional().describe('When EC2 accepted the call.'),
  until: time.optional().describe('When a waiting operation is looked at again.'),
  warning: z
    .object({ at: time, stopsAt: time, reminded: z.literal(true).optional() })
    .optional()
    .describe('The warning of the stop: when it was given, and when the stop follows unless somebody says no.'),
  endedAt: time.optional(),
  trail: z.array(trailEntrySchema.extend({ at: time, lastAt: lastTime })).optional(),
});
export type OperationBody = z.output<typeof operationSchema>;

export const operationAnswerSchema = z.object({ operation: operationSchema });
export type OperationAnswer = Shown<z.input<typeof operationAnswerSchema>>;

export const operationsAnswerSchema = z.object({
  operations: z.array(operationSchema),
  askedBy: z.string().optional().describe('The token that requested all operations shown: it lacks the scope `read`.'),
  cursor: z.string().optional().describe('Ask for the next page with it; absent on the last one.'),
});
export type OperationsAnswer = Shown<z.input<typeof operationsAnswerSchema>>;

export const tooLateSchema = z.object({
  operation: z.string().describe('The operation whose call was sent to EC2 before.'),
  sentAt: time,
  message: z.string(),
});

export type TooLateBody = z.output<typeof tooLateSchema>;

export const problemSchema = z.object({
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  receipts: z.array(receiptSchema).optional(),
  operation: z.string().optional().describe('An operation whose call was sent before it could be cancelled.'),
  sentAt: time.optional().describe('When that call was sent.'),
});

/** How long a request may wait for its operation: `10s`, `1m`; at most a minute. */
export const MAX_WAIT_MS = 60_000;

const wait = z
  .string()
  .transform((text, context): number => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms <= MAX_WAIT_MS) return ms;
    context.addIssue('expected a duration of at most 60s, such as 10s');
    return z.NEVER;
  })
  .describe('How long to wait for the outcome; at most `60s`.');

/** A single parameter lists several states: a repeated parameter is refused. */
const states = z.string().transform((text, context): readonly State[] => {
  const known = STATES.filter((state) => text.split(',').includes(state));
  if (known.length === new Set(text.split(',')).size) return known;
  context.addIssue(`expected some of ${STATES.join(', ')}, separated by commas`);
  return z.NEVER;
});

export const operateQuerySchema = z.object({
  action: z.string().optional().describe('`start` or `stop`.'),
  client: z.string().optional().describe('`native` or `cli`.'),
  dryrun: z.string().optional().describe("Everything but Go's words for false means true."),
  region: z.string().optional().describe('Look for the machine in this region only.'),
  account: z.string().optional().describe('Look for the machine in this account only, by its name or number.'),
  vpc: z
    .string()
    .regex(VPC, 'expected the id of a VPC such as vpc-0a1b2c3d4e5f60001')
    .optional()
    .describe('Look for the machine in this VPC only.'),
  override_hold: z
    .enum(['true', 'false'])
    .optional()
    .describe('With `action=stop`: stops the machine although it is held.'),
  for: z
    .string()
    .optional()
    .describe('With `action=start`: how long the machine is to run, such as `2h`. A lease then ends with its stop.'),
  wait: wait.prefault('10s'),
});
export type OperateQuery = z.output<typeof operateQuerySchema>;

export const operateInstanceQuerySchema = z.object({
  instance: machineNamed('instance', 'The instance id of the machine.'),
  ...operateQuerySchema.shape,
});

export const operateHostnameQuerySchema = z.object({
  hostname: machineNamed(
    'hostname',
    'The machine: a host name, an address, an instance id, or a tag `Name` that no other machine has.',
  ),
  ...operateQuerySchema.shape,
});

function machineNamed(parameter: string, description: string): z.ZodString {
  const error = `expected the parameter ${parameter} to name a machine. A webhook must be a POST: a redirect (301, 302 or 303) turns it into a GET, so give the sender the final URL`;
  return z.string({ error }).describe(description);
}

export const operationQuerySchema = z.object({ wait: wait.prefault('0s') });
export type OperationQuery = z.output<typeof operationQuerySchema>;

export const operationIdSchema = z
  .string()
  .regex(
    /^[0-9a-f-]{4,36}$/i,
    'expected the id of an operation (a UUID), or four or more characters of its beginning or end',
  )
  .transform((text) => text.toLowerCase())
  .describe('A UUID, or four or more characters of its beginning or end that fit no other operation.');

export const operationParamsSchema = z.object({ id: operationIdSchema });
export type OperationParams = z.output<typeof operationParamsSchema>;

/** A parameter that is a time, in milliseconds since the epoch. */
export const instant = z.iso
  .datetime({ offset: true, error: 'expected a time such as 2026-11-22T18:00:00Z' })
  .transform((text) => Date.parse(text));

export const pageSize = z.coerce.number().int().min(1).max(1_000).default(100);

export const operationsQuerySchema = z.object({
  state: states.optional().describe('One state, or several separated by commas.'),
  verb: z.enum(VERBS).optional(),
  dryrun: z.enum(['true', 'false']).optional().describe('Only dry runs, or no dry runs.'),
  target: z.string().max(255).optional().describe('Only operations that name the machine exactly this way.'),
  machine: z
    .string()
    .max(255)
    .optional()
    .describe(
      'Only operations about this machine, however they name it: an instance id, an address, a host name (each also with a port), or the tag `Name`.',
    ),
  since: instant.optional().describe('Only operations created since this time.'),
  limit: pageSize,
  cursor: z.uuid('expected the `cursor` of an earlier answer').optional(),
});
export type OperationsQuery = z.output<typeof operationsQuerySchema>;

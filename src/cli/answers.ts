/** The parts of the server's answers that the command line shows. Tolerant: the server may be newer than this program. */
import * as z from 'zod';
import { trailEntrySchema, trailVerdictSchema } from '../domain/trail.ts';

const verdictSchema = trailVerdictSchema.extend({ verdict: z.string() }).loose();
export type VerdictView = z.output<typeof verdictSchema>;

const stepSchema = trailEntrySchema
  .extend({
    at: z.string(),
    event: z.string(),
    lastAt: z.string().optional(),
    state: z.string().optional(),
    verdicts: z.array(verdictSchema).optional(),
  })
  .loose();
export type StepView = z.output<typeof stepSchema>;

const text = z.string().optional();

export const instanceSchema = z.looseObject({ id: z.string(), name: text, owner: text, region: text, account: text });
export type InstanceView = z.output<typeof instanceSchema>;

const operationSchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  reason: text,
  message: text,
  verb: z.string(),
  target: z.string(),
  client: text,
  dryRun: z.boolean(),
  cause: z.looseObject({
    by: z.string(),
    name: z.string(),
    beganAt: text,
    fingerprint: text,
    delivery: text,
    annotations: z.record(z.string(), z.string()).optional(),
    generatorUrl: text,
  }),
  instance: instanceSchema.optional(),
  attempts: z.number().optional(),
  createdAt: z.string(),
  sentAt: text,
  acceptedAt: text,
  until: text,
  warning: z.looseObject({ at: z.string(), stopsAt: z.string(), reminded: z.boolean().optional() }).optional(),
  endedAt: text,
  trail: z.array(stepSchema).optional(),
});
export type OperationView = z.output<typeof operationSchema>;

export const operationAnswer = z.looseObject({ operation: operationSchema });
export const operationsAnswer = z.looseObject({
  operations: z.array(operationSchema),
  cursor: text,
  askedBy: text,
});

/** Follows "no operation" when the token sees only its own operations. */
export function ofSender(askedBy: string | undefined): string {
  return askedBy === undefined ? '' : ` that ${askedBy} has asked for`;
}

const planSchema = z.looseObject({
  fingerprint: text,
  outcome: z.string(),
  reason: text,
  message: text,
  guard: text,
  until: text,
  warnsAt: text,
  stopsAt: text,
  instance: instanceSchema.optional(),
  dryRun: z.boolean().optional(),
  isLive: z.boolean().optional(),
  verdicts: z.array(verdictSchema).optional(),
});
export type PlanView = z.output<typeof planSchema>;

export const plansAnswer = z.looseObject({ plans: z.array(planSchema) });

const pauseSchema = z.looseObject({
  id: z.string(),
  only: z.record(z.string(), z.string()).optional(),
  until: text,
  who: z.string(),
  why: z.string(),
  createdAt: z.string(),
});
export type PauseView = z.output<typeof pauseSchema>;

const lateSchema = z.looseObject({ instance: z.string(), name: text, message: z.string() });
export const begunPauseAnswer = z.looseObject({
  pause: pauseSchema,
  tooLate: z.array(lateSchema),
  tooLateCount: z.number(),
});
export type BegunPauseView = z.output<typeof begunPauseAnswer>;
export const endedPauseAnswer = z.looseObject({ pause: pauseSchema, due: z.number() });
export const rotatedAnswer = z.looseObject({ key: z.looseObject({ kid: z.string(), createdAt: z.string() }) });

export const pausesAnswer = z.looseObject({ pauses: z.array(pauseSchema) });

const noticeSchema = z.looseObject({
  id: z.string(),
  channel: z.string(),
  recipient: text,
  kind: z.string(),
  state: z.string(),
  title: z.string(),
  machine: instanceSchema.optional(),
  operation: text,
  createdAt: z.string(),
  availableAt: text,
  sentAt: text,
  attempts: z.number().optional(),
  error: text,
});
export type NoticeView = z.output<typeof noticeSchema>;
export const noticesAnswer = z.looseObject({ notices: z.array(noticeSchema), cursor: text });

const figures = z.looseObject({
  stops: z.number(),
  savedHours: z.number(),
  unpricedHours: z.number(),
  dollars: z.looseObject({ atPrice: z.number(), offBill: z.number(), billedOn: z.number().default(0) }),
  regrets: z.looseObject({ '30m': z.number() }),
  regretRate: z.number().optional(),
  waits: z.number(),
  waitedMinutes: z.number(),
});

const sums = { automatic: figures, asked: figures };

export const savingsAnswer = z.looseObject({
  since: text,
  firstStopAt: text,
  by: z.string(),
  basis: text,
  total: z.looseObject(sums),
  rows: z.array(z.looseObject({ id: text, name: text, owner: text, type: text, by: text, ...sums })),
  suggestions: z.array(z.looseObject({ message: z.string() })),
});

export const digestAnswer = z.looseObject({
  nextAt: text,
  digests: z.array(
    z.looseObject({
      channel: text,
      recipient: text,
      title: z.string(),
      message: z.string(),
      facts: z.array(z.looseObject({ name: z.string(), value: z.string() })),
    }),
  ),
});

export const auditAnswer = z.looseObject({
  entries: z.array(
    z.looseObject({
      at: z.string(),
      event: z.string(),
      state: text,
      who: text,
      operation: text,
      message: text,
      reason: text,
      alertname: text,
      target: text,
      alerts: z.number().optional(),
      times: z.number().optional(),
      lastAt: text,
      outcomes: z.record(z.string(), z.number()).optional(),
    }),
  ),
});

export const settingsAnswer = z.looseObject({
  version: z.string(),
  database: z.string(),
  settings: z.record(z.string(), z.unknown()),
  leftOut: z.record(z.string(), z.string()),
});

const holdSchema = z.looseObject({
  instance: z.string(),
  name: text,
  region: text,
  account: text,
  holder: z.string(),
  until: z.string(),
  who: text,
  why: text,
  createdAt: text,
});
export type HoldView = z.output<typeof holdSchema>;

export const newHoldAnswer = z.looseObject({
  hold: holdSchema,
  leftMs: z.number().optional(),
  message: text,
  tooLate: z.looseObject({ message: z.string() }).optional(),
});
export const releasedAnswer = z.looseObject({ released: z.array(holdSchema), others: z.array(holdSchema) });
export const holdsAnswer = z.looseObject({ holds: z.array(holdSchema), cursor: text });

const leaseSchema = z.looseObject({
  instance: z.string(),
  name: text,
  region: text,
  account: text,
  until: z.string(),
  who: z.string(),
  why: text,
  createdAt: text,
});
export type LeaseView = z.output<typeof leaseSchema>;
export const leaseAnswer = z.looseObject({
  lease: leaseSchema,
  tooLate: z.looseObject({ message: z.string() }).optional(),
});
export const leasesAnswer = z.looseObject({ leases: z.array(leaseSchema), cursor: text });

const machineSchema = instanceSchema.extend({
  type: text,
  state: z.string(),
  since: text,
  why: z.looseObject({ by: z.string() }).optional(),
  price: z
    .looseObject({
      perHour: z.number(),
      basis: z.string(),
      listed: z.looseObject({ region: z.string(), date: z.string() }).optional(),
    })
    .optional(),
  seenAt: text,
  stopsAt: text,
  stopHeldBack: z.looseObject({ by: z.string(), who: text, until: text }).optional(),
  hold: holdSchema.optional(),
  heldByTag: z.looseObject({ until: text }).optional(),
  lease: leaseSchema.optional(),
  open: operationSchema.optional(),
  last: operationSchema.optional(),
});
export type MachineView = z.output<typeof machineSchema>;
export const machinesAnswer = z.looseObject({
  machines: z.array(machineSchema),
  total: z.number(),
  known: z.number(),
  mine: z.array(z.string()).optional(),
  cursor: text,
});

export const problemAnswer = z.looseObject({ detail: z.string() });

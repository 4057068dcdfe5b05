/** What a server answers, as far as the command line shows it. Tolerant: the server may be newer than this program. */
import * as z from 'zod';
import { trailEntrySchema, trailVerdictSchema } from '../domain/trail.ts';

const verdictSchema = trailVerdictSchema.extend({ verdict: z.string() }).loose();
export type VerdictView = z.output<typeof verdictSchema>;

const stepSchema = trailEntrySchema
  .extend({
    at: z.string(),
    event: z.string(),
    state: z.string().optional(),
    verdicts: z.array(verdictSchema).optional(),
  })
  .loose();
export type StepView = z.output<typeof stepSchema>;

const instanceSchema = z.looseObject({
  id: z.string(),
  name: z.string().optional(),
  region: z.string().optional(),
  account: z.string().optional(),
});
export type InstanceView = z.output<typeof instanceSchema>;

const operationSchema = z.looseObject({
  id: z.string(),
  state: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  verb: z.string(),
  target: z.string(),
  client: z.string().optional(),
  dryRun: z.boolean(),
  cause: z.looseObject({
    by: z.string(),
    name: z.string(),
    beganAt: z.string().optional(),
    fingerprint: z.string().optional(),
    delivery: z.string().optional(),
    annotations: z.record(z.string(), z.string()).optional(),
    generatorUrl: z.string().optional(),
  }),
  instance: instanceSchema.optional(),
  attempts: z.number().optional(),
  createdAt: z.string(),
  acceptedAt: z.string().optional(),
  until: z.string().optional(),
  endedAt: z.string().optional(),
  trail: z.array(stepSchema).optional(),
});
export type OperationView = z.output<typeof operationSchema>;

export const operationAnswer = z.looseObject({ operation: operationSchema });
export const operationsAnswer = z.looseObject({
  operations: z.array(operationSchema),
  cursor: z.string().optional(),
  askedBy: z.string().optional(),
});

/** What follows "no operation" where the token sees only what it has asked for itself. */
export function ofSender(askedBy: string | undefined): string {
  return askedBy === undefined ? '' : ` that ${askedBy} has asked for`;
}

const planSchema = z.looseObject({
  fingerprint: z.string().optional(),
  outcome: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  guard: z.string().optional(),
  until: z.string().optional(),
  instance: instanceSchema.optional(),
  dryRun: z.boolean().optional(),
  verdicts: z.array(verdictSchema).optional(),
});
export type PlanView = z.output<typeof planSchema>;

export const plansAnswer = z.looseObject({ plans: z.array(planSchema) });

export const problemAnswer = z.looseObject({ detail: z.string() });

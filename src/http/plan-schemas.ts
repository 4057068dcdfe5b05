/** The shapes of a plan, as they go over HTTP. */
import * as z from 'zod';
import { OUTLOOKS } from '../engine/plan.ts';
import { CAUSE_KINDS } from '../domain/cause.ts';
import { ROUTES } from '../domain/intent.ts';
import { RECEIPT_OUTCOMES } from '../domain/receipt.ts';
import { trailVerdictSchema } from '../domain/trail.ts';
import { instanceSchema, type Shown } from './schemas.ts';

export const planQuerySchema = z.object({
  route: z
    .enum(ROUTES)
    .optional()
    .describe(
      'Which webhook route the body is meant for. Default: for each alert, `hostname` if it has that label, else `instance`.',
    ),
  by: z
    .enum(CAUSE_KINDS)
    .default('alert')
    .describe('Who would ask: with `person` the answer is for a person who asks for the same with `GET /operate…`.'),
});
export type PlanQuery = z.output<typeof planQuerySchema>;

export const planSchema = z.object({
  fingerprint: z.string(),
  outcome: z.enum([...OUTLOOKS, ...RECEIPT_OUTCOMES]).exclude(['accepted']),
  reason: z.string().optional(),
  message: z.string().describe('A sentence that names the evidence.'),
  guard: z.string().optional().describe('The guard that decides.'),
  until: z.iso.datetime().optional().describe('Until when it would wait; absent where nothing says yet when that is.'),
  warnsAt: z.iso.datetime().optional().describe('When people would be warned of the stop.'),
  stopsAt: z.iso.datetime().optional().describe('When the stop would follow its warning.'),
  channels: z.array(z.string()).readonly().optional().describe('The channels through which people would be warned.'),
  dryRun: z
    .boolean()
    .optional()
    .describe('Whether it would be a dry run: the alert asks for one, or `live.only` does not select the machine.'),
  isLive: z
    .literal(false)
    .optional()
    .describe('Present where `live.only` does not select the machine: alerts are dry runs there, people act.'),
  operation: z.string().optional().describe('The operation that serves the alert already.'),
  instance: instanceSchema.optional(),
  verdicts: z.array(trailVerdictSchema).readonly().optional().describe('What every guard says, in order.'),
});
export type PlanBody = z.output<typeof planSchema>;

export const plansAnswerSchema = z.object({
  plans: z.array(planSchema).describe('One per alert, in the order of the delivery.'),
});
export type PlansAnswer = Shown<z.input<typeof plansAnswerSchema>>;

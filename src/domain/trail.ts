/** An operation's history: the type and the schema of an entry, once. Rows, the API and the command line derive from it. */
import * as z from 'zod';
import { STATES } from './operation.ts';
import { clampTime } from './time.ts';
import { VERDICTS } from './verdict.ts';

export const TRAIL_EVENTS = ['state', 'joined'] as const;

const text = z.exactOptional(z.string());

/** The guard may be one of another version of the operator. */
export const trailVerdictSchema = z.object({
  guard: z.string(),
  verdict: z.enum(VERDICTS).meta({
    description: "`overridden`: the guard would hold the operation back, but a person's request overrides it.",
  }),
  message: text,
});

export const trailEntrySchema = z.object({
  /** Milliseconds since the epoch. */
  at: z.number().transform(clampTime),
  event: z.enum(TRAIL_EVENTS),
  state: z.exactOptional(z.enum(STATES)),
  reason: text,
  message: text,
  guard: text.meta({ description: 'The guard that decided.' }),
  verdicts: z.exactOptional(z.array(trailVerdictSchema).readonly()).meta({
    description: 'The verdicts of the guards: of a dry run all, otherwise those that say more than `allow`.',
  }),
  addresses: z.exactOptional(z.array(z.string()).readonly()).meta({
    description: 'Of a machine that runs after a start: its public addresses, its primary private one, its IPv6 ones.',
  }),
  requestId: text.meta({ description: "EC2's id of the request." }),
  code: text.meta({ description: "EC2's error code." }),
  who: text.meta({ description: 'The name of the token that caused it.' }),
  remote: text.meta({ description: 'The address that the request came from.' }),
  delivery: text.meta({ description: 'The id of the delivery that caused it.' }),
  fingerprint: text,
  alertname: text,
  times: z.exactOptional(z.int()).meta({ description: 'How often it came, where it was repeated.' }),
  lastAt: z.exactOptional(z.number().transform(clampTime)).meta({ description: 'When it came last.' }),
  traceId: text.meta({ description: 'The trace (W3C) that the request belongs to.' }),
});
export type TrailEntry = Readonly<z.output<typeof trailEntrySchema>>;

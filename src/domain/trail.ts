/** An operation's history: the type and the schema of an entry, once. Rows, the API and the command line derive from it. */
import * as z from 'zod';
import { STATES } from './operation.ts';
import { clampTime } from './time.ts';
import { VERDICTS } from './verdict.ts';

export const TRAIL_EVENTS = ['state', 'joined'] as const;

const text = z.exactOptional(z.string());

/** As the guards said it, in whichever version of the operator: a guard may have gone since. */
export const trailVerdictSchema = z.object({
  guard: z.string(),
  verdict: z
    .enum(VERDICTS)
    .meta({ description: "`overridden`: it would have held the operation back, and a person's request passes it." }),
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
    description: 'What guards have said: of a dry run all of them, otherwise those with more than a plain yes.',
  }),
  requestId: text.meta({ description: "EC2's id of the request." }),
  code: text.meta({ description: "EC2's error code." }),
  who: text.meta({ description: 'The name of the token of whoever has caused it.' }),
  remote: text.meta({ description: 'Where that request came from.' }),
  delivery: text.meta({ description: 'The id of the delivery that has caused it.' }),
  fingerprint: text,
  alertname: text,
  traceId: text.meta({ description: 'The trace (W3C) that the request belongs to.' }),
});
export type TrailEntry = Readonly<z.output<typeof trailEntrySchema>>;

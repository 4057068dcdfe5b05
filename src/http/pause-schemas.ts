/** How pauses look over HTTP. */
import * as z from 'zod';
import { selector } from '../config/fields.ts';
import { VERBS } from '../domain/intent.ts';
import { tooLate } from '../domain/too-late.ts';
import type { Pause } from '../domain/voice.ts';
import type { SentCall } from '../store/voice-port.ts';
import { endFields, reasonField } from './hold-schemas.ts';
import { bodyOf } from './parse-body.ts';
import { time, tooLateSchema, type Shown } from './schemas.ts';
import { showTooLate, toTime } from './show-operation.ts';

export const pauseBody = bodyOf(
  z
    .strictObject({
      only: selector
        .optional()
        .describe('The tags of the machines that it is for, such as `{team: ml}`. Default: all.'),
      ...endFields,
      why: reasonField.refine((text) => text !== '', 'expected a reason'),
    })
    .refine((body) => body.for === undefined || body.until === undefined, 'expected either for or until, or neither'),
);
export type PauseBody = ReturnType<(typeof pauseBody)['parse']>;

export const pauseSchema = z.object({
  id: z.string(),
  only: z.record(z.string(), z.string()).optional().describe('The tags of the machines that it is for. Absent: all.'),
  until: time.optional().describe('Absent: until it is ended.'),
  who: z.string().describe('The name of the token.'),
  why: z.string(),
  createdAt: time,
  endedAt: time.optional(),
});
export type PauseView = z.output<typeof pauseSchema>;

export const begunPauseAnswerSchema = z.object({
  pause: pauseSchema,
  tooLate: z
    .array(tooLateSchema.extend({ verb: z.enum(VERBS), instance: z.string(), name: z.string().optional() }))
    .describe(
      'Automatic starts and stops that were sent to EC2 before, whatever tags their machines have; ten at most.',
    ),
  tooLateCount: z.int().describe('How many there are.'),
});
export type BegunPauseAnswer = Shown<z.input<typeof begunPauseAnswerSchema>>;

export const endedPauseAnswerSchema = z.object({
  pause: pauseSchema,
  due: z.int().describe('How many operations waited for it, and are checked again now.'),
});
export type EndedPauseAnswer = Shown<z.input<typeof endedPauseAnswerSchema>>;

export const pausesAnswerSchema = z.object({ pauses: z.array(pauseSchema) });
export type PausesAnswer = Shown<z.input<typeof pausesAnswerSchema>>;

export const pauseParamsSchema = z.object({ id: z.uuid({ error: 'expected the id of a pause (a UUID)' }) });
export type PauseParams = z.output<typeof pauseParamsSchema>;

export function showPause({ id, only, until, who, why, createdAt }: Pause, endedAt?: number): Shown<PauseView> {
  return {
    id,
    ...(only === undefined ? {} : { only }),
    ...(until === undefined ? {} : { until: toTime(until) }),
    who,
    why,
    createdAt: toTime(createdAt),
    ...(endedAt === undefined ? {} : { endedAt: toTime(endedAt) }),
  };
}

const SHOWN = 10;

export function showSent(sent: readonly SentCall[]): Pick<BegunPauseAnswer, 'tooLate' | 'tooLateCount'> {
  const shown = sent.slice(0, SHOWN).map((call) => {
    const { id: instance, name } = call.instance;
    const about = { verb: call.verb, instance, ...(name === undefined ? {} : { name }) };
    return { ...showTooLate(tooLate(call.verb, call)), ...about };
  });
  return { tooLate: shown, tooLateCount: sent.length };
}

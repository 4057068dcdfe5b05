/** `/api/v1/pauses`: automatic starts and stops wait, for all machines or for those with some tags. */
import { randomUUIDv7 } from 'node:crypto';
import { LONGEST } from '../../config/people.ts';
import { LONGEST_EVER_MS } from '../../domain/admit-hold.ts';
import { endOf } from '../hold-schemas.ts';
import {
  showPause,
  showSent,
  type BegunPauseAnswer,
  type EndedPauseAnswer,
  type PauseBody,
  type PauseParams,
  type PausesAnswer,
} from '../pause-schemas.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import type { SenderInput } from '../route.ts';

export async function beginPause(
  parts: HttpParts,
  { sender, remote, body }: SenderInput<unknown, unknown, PauseBody>,
): Promise<Response> {
  const createdAt = parts.clock();
  const until = endOf(body, createdAt);
  if (until !== undefined) requireSoon(until, createdAt);
  const pause = {
    id: randomUUIDv7(),
    ...(body.only === undefined ? {} : { only: body.only }),
    ...(until === undefined ? {} : { until }),
    who: sender.name,
    why: body.why,
    createdAt,
  };
  const begun = await parts.store.beginPause(pause, { name: sender.name, remote });
  if (begun === undefined) throw new ProblemError(409, 'there are too many pauses: end some first');
  parts.pauses.forget();
  parts.nudge();
  const answer: BegunPauseAnswer = { pause: showPause(begun.pause), ...showSent(begun.sent) };
  parts.observer.paused({ ...answer.pause, tooLate: answer.tooLateCount }, 'automatic starts and stops were paused');
  return Response.json(answer, { status: 201 });
}

function requireSoon(until: number, now: number): void {
  if (until <= now) throw new ProblemError(400, 'until: expected a time in the future');
  if (until - now > LONGEST_EVER_MS) throw new ProblemError(400, `until: expected a time within the next ${LONGEST}`);
}

/** Again, it answers alike: the first answer may have been lost. */
export async function endPause(
  parts: HttpParts,
  { sender, remote, params: { id } }: SenderInput<PauseParams>,
): Promise<EndedPauseAnswer> {
  const ended = await parts.store.endPause(id, parts.clock(), { name: sender.name, remote });
  if (ended === undefined)
    throw new ProblemError(404, 'there is no such pause: GET /api/v1/pauses lists those that stand');
  const { pause, endedAt, due, isRepeat } = ended;
  const shown = showPause(pause, endedAt);
  if (!isRepeat) {
    parts.pauses.forget();
    parts.nudge();
    parts.observer.paused({ ...shown, due, by: sender.name }, 'a pause of automatic starts and stops was ended');
  }
  return { pause: shown, due };
}

export async function listPauses({ store, clock }: HttpParts): Promise<PausesAnswer> {
  return { pauses: (await store.pauses(clock())).map((pause) => showPause(pause)) };
}

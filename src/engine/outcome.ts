/** Ends that an operation comes to without EC2 being asked to change anything. */
import { retryDelayMs } from '../domain/backoff.ts';
import { lastAskedAt } from '../domain/cause.ts';
import { formatDuration } from '../domain/duration.ts';
import { describeInstance, type Instance } from '../domain/instance.ts';
import { mayHaveBeenSent, type Event, type OpenOperation } from '../domain/operation.ts';
import { GOAL, ON_THE_WAY, readProgress, TAKEN_BACK_WAIT_MS, type Progress } from '../domain/progress.ts';
import { waits, type Approaching, type CarryParts, type Step } from './step.ts';

type Outcome = Extract<Event, { readonly message: string }>;

/** The goal may be reached already, or an earlier call of ours may have ended meanwhile. */
export function whatBecameOfIt(operation: OpenOperation, instance: Instance, at: number): Outcome | undefined {
  const { intent, acted } = operation;
  if (acted === undefined || !mayHaveBeenSent(operation)) {
    if (instance.state !== GOAL[intent.verb]) return undefined;
    const message = `${describeInstance(instance)} is ${instance.state} already`;
    return { type: 'succeed', reason: 'already_in_state', message, at };
  }
  return endOf(readProgress(intent.verb, acted, instance, 0), at);
}

/** The end that an accepted or lost call has led to; undefined as long as it has led to none. */
export function endOf(progress: Progress, at: number): Outcome | undefined {
  switch (progress.progress) {
    case 'reached':
      return { type: 'succeed', reason: 'state_reached', message: progress.message, at };
    case 'failed':
      return { type: 'fail', reason: progress.reason, message: progress.message, at };
    case 'taken_back': {
      // EC2 has undone the whole start, so later changes of the machine are not our doing.
      const until = at + TAKEN_BACK_WAIT_MS;
      return { type: 'wait', until, reason: 'capacity', message: progress.message, nothingChanged: true };
    }
    case 'under_way':
    case 'lost':
      return undefined;
  }
}

/** EC2 does not show the machine that it was asked to change: its answers lag, or the machine is gone. */
export function notShown(parts: CarryParts, { intent, instance, acted, sentAt }: Approaching): Step {
  const at = parts.clock();
  const named = instance?.id ?? '';
  const progress = readProgress(intent.verb, acted ?? { launchedAt: at }, undefined, at - (sentAt ?? at));
  if (progress.progress === 'failed')
    return { event: { type: 'fail', reason: progress.reason, message: `${progress.message} ${named}`, at } };
  const message = `EC2 was asked to ${intent.verb} ${named}, and does not show it at the moment`;
  return waits('not_shown', at + retryDelayMs(1, LOOK_AGAIN_MS, parts.random()), message);
}

const LOOK_AGAIN_MS = 2_000;

/** Counts from the request of a person who joined later, and from the end of a guard's last wait. */
export function isTooLate(
  { clock, settings }: CarryParts,
  { intent, createdAt, heldUntil = 0 }: OpenOperation,
): boolean {
  return clock() - Math.max(lastAskedAt(intent.cause, createdAt), heldUntil) > settings.giveUpMs[intent.verb];
}

/** EC2 is not asked any more. An earlier call whose answer was lost may have arrived, so its effect is looked for first. */
export async function comeTooLate(parts: CarryParts, operation: Approaching): Promise<Step> {
  const { intent, instance, acted } = operation;
  if (instance === undefined || acted === undefined || !mayHaveBeenSent(operation)) return giveUp(parts, operation);
  const seen = await parts.look(intent.client, instance.place, instance.id);
  const at = parts.clock();
  const already = seen === undefined ? undefined : whatBecameOfIt(operation, seen, at);
  if (already !== undefined) return { event: already };
  if (seen?.state === ON_THE_WAY[intent.verb]) return { event: { type: 'accept', instance, acted, at } };
  return giveUp(parts, operation);
}

/** A request of long ago is not carried out as a surprise: its sender can ask again. */
function giveUp(parts: CarryParts, operation: Approaching): Step {
  const at = parts.clock();
  const waited = operation.state === 'waiting' ? operation : undefined;
  const last = waited === undefined ? '' : `; it waited because of: ${waited.message}`;
  const message = `not done within ${formatDuration(at - operation.createdAt)} of being asked for${last}`;
  switch (waited?.reason) {
    // An old copy of an alert. To drop it is right, and no failure.
    case 'unconfirmed':
      return { event: { type: 'cancel', reason: 'unconfirmed', message, at } };
    // Not to act was right: the machine was never known, or may have been needed all the time.
    case 'place_unreachable':
    case 'still_needed':
    case 'need_unconfirmed':
      return { event: { type: 'refuse', reason: waited.reason, message, at } };
    case 'credentials':
      return { event: { type: 'fail', reason: 'unauthorized', message, at } };
    default:
      return { event: { type: 'fail', reason: 'deadline', message, at } };
  }
}

/** Ends that an operation comes to without EC2 being asked to change anything. */
import { retryDelayMs } from '../domain/backoff.ts';
import { lastAskedAt } from '../domain/cause.ts';
import { formatDuration } from '../domain/duration.ts';
import { describeInstance, type Instance } from '../domain/instance.ts';
import { mayHaveBeenSent, type Event, type OpenOperation, type Verifying } from '../domain/operation.ts';
import { GOAL, ON_THE_WAY, readProgress, TAKEN_BACK_WAIT_MS } from '../domain/progress.ts';
import type { CarryParts, Step } from './step.ts';

/** Without a call: the goal may be reached already, or an earlier call of ours may have come to an end meanwhile. */
export function whatBecameOfIt(operation: OpenOperation, instance: Instance, at: number): Event | undefined {
  const { intent, acted } = operation;
  if (acted === undefined || !mayHaveBeenSent(operation)) {
    if (instance.state !== GOAL[intent.verb]) return undefined;
    const message = `${describeInstance(instance)} is ${instance.state} already`;
    return { type: 'succeed', reason: 'already_in_state', message, at };
  }
  const progress = readProgress(intent.verb, acted, instance, 0);
  switch (progress.progress) {
    case 'reached':
      return { type: 'succeed', reason: 'state_reached', message: progress.message, at };
    case 'failed':
      return { type: 'fail', reason: progress.reason, message: progress.message, at };
    case 'taken_back':
      return takenBack(progress.message, at);
    case 'under_way':
    case 'lost':
      return undefined;
  }
}

/** EC2 has undone all of it, so what happens to the machine from here on is not our doing. */
export function takenBack(message: string, at: number): Event {
  return { type: 'wait', until: at + TAKEN_BACK_WAIT_MS, reason: 'capacity', message, nothingChanged: true };
}

/** EC2 does not show the machine that it was asked to change: its answers lag, or the machine is gone. */
export function notShown(parts: CarryParts, { intent, instance, acted }: Exclude<OpenOperation, Verifying>): Step {
  const at = parts.clock();
  const named = instance?.id ?? '';
  const progress = readProgress(intent.verb, acted ?? { at, launchedAt: at }, undefined, at - (acted?.at ?? at));
  if (progress.progress === 'failed') {
    return { event: { type: 'fail', reason: progress.reason, message: `${progress.message} ${named}`, at } };
  }
  const until = at + retryDelayMs(1, LOOK_AGAIN_MS, parts.random());
  const message = `EC2 was asked to ${intent.verb} ${named}, and does not show it at the moment`;
  return { event: { type: 'wait', until, reason: 'not_shown', message } };
}

const LOOK_AGAIN_MS = 2_000;

/** A person who has joined an operation has asked for it only then; what a guard has held back could not begin sooner. */
export function isTooLate(
  { clock, settings }: CarryParts,
  { intent, createdAt, heldUntil = 0 }: OpenOperation,
): boolean {
  return clock() - Math.max(lastAskedAt(intent.cause, createdAt), heldUntil) > settings.giveUpMs[intent.verb];
}

/** EC2 is not asked any more. But an earlier call, whose answer was lost, may have arrived: what became of it is told. */
export async function comeTooLate(parts: CarryParts, operation: Exclude<OpenOperation, Verifying>): Promise<Step> {
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
function giveUp(parts: CarryParts, operation: OpenOperation): Step {
  const at = parts.clock();
  const last = operation.state === 'waiting' ? `; it waited because of: ${operation.message}` : '';
  const message = `not done within ${formatDuration(at - operation.createdAt)} of being asked for${last}`;
  // The right answer to what was only an old copy, and no failure.
  if (operation.state === 'waiting' && operation.reason === 'unconfirmed')
    return { event: { type: 'cancel', reason: 'unconfirmed', message, at } };
  // Which machine was meant was never known, so it was right not to act.
  if (operation.state === 'waiting' && operation.reason === 'place_unreachable') {
    return { event: { type: 'refuse', reason: 'place_unreachable', message, at } };
  }
  // Nothing has gone wrong: the machine was, or may have been, needed all the time.
  if (operation.state === 'waiting' && (operation.reason === 'still_needed' || operation.reason === 'need_unconfirmed'))
    return { event: { type: 'refuse', reason: operation.reason, message, at } };
  const isLockedOut = operation.state === 'waiting' && operation.reason === 'credentials';
  return { event: { type: 'fail', reason: isLockedOut ? 'unauthorized' : 'deadline', message, at } };
}

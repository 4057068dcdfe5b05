/** The next state of an operation after an error of EC2. */
import { retryDelayMs } from '../domain/backoff.ts';
import { formatDuration } from '../domain/duration.ts';
import { mayHaveBeenSent, type OpenOperation, type Verifying } from '../domain/operation.ts';
import { meaningOf, type ErrorMeaning } from '../ec2/error-table.ts';
import { Ec2Error } from '../ec2/port.ts';
import { tellError } from '../ec2/remedies.ts';
import { isTooLate } from './outcome.ts';
import type { CarryParts, Step } from './step.ts';

/** The call that EC2 answered with an error. `later_change` comes after a change whose answer was lost. */
export type FailedCall = 'look' | 'first_change' | 'later_change';

/** An EC2 error becomes what the error table says; anything else is a bug and goes on up. */
export async function orError(
  parts: CarryParts,
  operation: OpenOperation,
  step: Promise<Step>,
  call: FailedCall,
): Promise<Step> {
  try {
    return await step;
  } catch (error) {
    if (!(error instanceof Ec2Error)) throw error;
    return afterError(parts, operation, error, call);
  }
}

function afterError(parts: CarryParts, operation: OpenOperation, error: Ec2Error, call: FailedCall): Step {
  const { outcome: meant, delayFloorMs, nothingChanged: changedNothing } = meaningOf(error);
  const nothingChanged = changedNothing && call === 'first_change';
  // A look that is refused says nothing of a call whose answer was lost, and an answer that cannot be read is as good as lost.
  const isOpenStill = call === 'look' ? mayHaveBeenSent(operation) : error.code === 'ClientOutput';
  const outcome = isOpenStill ? lookAgain(meant) : meant;
  const at = parts.clock();
  const message = tellError(error);
  const trail = { code: error.code, ...(error.requestId === undefined ? {} : { requestId: error.requestId }) };
  // EC2 has accepted the call: only the instance itself can say what became of it.
  if (operation.state === 'verifying') return stillVerifying(parts, operation, delayFloorMs, message);
  switch (outcome.state) {
    case 'waiting': {
      if (isBeyondHope(parts, operation)) return neverKnown(parts, operation, message);
      const until = at + retryDelayMs(Math.max(1, operation.attempts), delayFloorMs, parts.random());
      return { event: { type: 'wait', until, reason: outcome.reason, message, nothingChanged }, trail };
    }
    case 'refused':
      return { event: { type: 'refuse', reason: outcome.reason, message, at, nothingChanged }, trail };
    case 'failed':
      return { event: { type: 'fail', reason: outcome.reason, message, at, nothingChanged }, trail };
  }
}

function lookAgain(meant: ErrorMeaning['outcome']): ErrorMeaning['outcome'] {
  return meant.state === 'waiting' ? meant : { state: 'waiting', reason: 'answer_lost' };
}

/** EC2 cannot be asked how far it is. That, too, must come to an end: an open operation is in the way of others. */
function stillVerifying(parts: CarryParts, operation: Verifying, delayFloorMs: number, message: string): Step {
  const { intent, instance, acceptedAt } = operation;
  const at = parts.clock();
  const until = at + retryDelayMs(1, delayFloorMs, parts.random());
  if (at - acceptedAt <= parts.settings.verifyMs[intent.verb]) return { postponeUntil: until };
  const waited = formatDuration(at - acceptedAt);
  const text = `EC2 accepted to ${intent.verb} ${instance.id} ${waited} ago, so it is most likely done; EC2 cannot be asked what became of it: ${message}`;
  return { event: { type: 'fail', reason: 'deadline', message: text, at } };
}

/** An earlier call was never answered, and there has been as much time to find out as for one that was. */
function isBeyondHope(parts: CarryParts, operation: OpenOperation): boolean {
  const { intent, acted } = operation;
  const late = parts.clock() - (acted?.at ?? parts.clock());
  return isTooLate(parts, operation) && late > parts.settings.verifyMs[intent.verb];
}

function neverKnown(parts: CarryParts, { intent, acted }: OpenOperation, message: string): Step {
  const at = parts.clock();
  const asked = formatDuration(at - (acted?.at ?? at));
  const text = `EC2 was asked to ${intent.verb} it ${asked} ago and gave no answer, and cannot be asked what became of it: ${message}`;
  return { event: { type: 'fail', reason: 'deadline', message: text, at } };
}

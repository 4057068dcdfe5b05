/** What becomes of an operation when EC2 answers with an error. */
import { retryDelayMs } from '../domain/backoff.ts';
import { formatDuration } from '../domain/duration.ts';
import type { OpenOperation, Verifying } from '../domain/operation.ts';
import { meaningOf } from '../ec2/error-table.ts';
import { Ec2Error } from '../ec2/port.ts';
import type { CarryParts, Step } from './step.ts';

/**
 * An EC2 error becomes what the error table says; anything else is a bug and goes on up.
 *
 * @param isFirstCall whether the error is the answer to the only call so far that could have changed the instance
 */
export async function orError(
  parts: CarryParts,
  operation: OpenOperation,
  step: Promise<Step>,
  isFirstCall: boolean,
): Promise<Step> {
  try {
    return await step;
  } catch (error) {
    if (!(error instanceof Ec2Error)) throw error;
    return afterError(parts, operation, error, isFirstCall);
  }
}

function afterError(parts: CarryParts, operation: OpenOperation, error: Ec2Error, isFirstCall: boolean): Step {
  const { outcome, delayFloorMs, nothingChanged: changedNothing } = meaningOf(error);
  const nothingChanged = changedNothing && isFirstCall;
  const at = parts.clock();
  const message = `${error.code}: ${error.message}`;
  const trail = { code: error.code, ...(error.requestId === undefined ? {} : { requestId: error.requestId }) };
  switch (outcome.state) {
    case 'waiting': {
      const until = at + retryDelayMs(Math.max(1, operation.attempts), delayFloorMs, parts.random());
      if (operation.state === 'verifying') return stillVerifying(parts, operation, until, message);
      return { event: { type: 'wait', until, reason: outcome.reason, message, nothingChanged }, trail };
    }
    case 'refused':
      if (operation.state === 'verifying') return { event: { type: 'fail', reason: 'ec2_error', message, at }, trail };
      return { event: { type: 'refuse', reason: outcome.reason, message, at, nothingChanged }, trail };
    case 'failed':
      return { event: { type: 'fail', reason: outcome.reason, message, at, nothingChanged }, trail };
  }
}

/** EC2 cannot be asked how far it is. That, too, must come to an end: an open operation is in the way of others. */
function stillVerifying(parts: CarryParts, { intent, acceptedAt }: Verifying, until: number, message: string): Step {
  const at = parts.clock();
  if (at - acceptedAt <= parts.settings.verifyMs[intent.verb]) return { postponeUntil: until };
  const waited = formatDuration(at - acceptedAt);
  const text = `EC2 accepted the call ${waited} ago, and cannot be asked what became of it: ${message}`;
  return { event: { type: 'fail', reason: 'deadline', message: text, at } };
}

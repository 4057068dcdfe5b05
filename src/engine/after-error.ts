/** The next state of an operation after an error of EC2. */
import { retryDelayMs } from '../domain/backoff.ts';
import { formatDuration } from '../domain/duration.ts';
import { mayHaveBeenSent, type OpenOperation } from '../domain/operation.ts';
import { meaningOf } from '../ec2/error-table.ts';
import { Ec2Error } from '../ec2/port.ts';
import { tellError } from '../ec2/remedies.ts';
import { isTooLate } from './outcome.ts';
import type { CarryParts, Step } from './step.ts';

/** The call that EC2 answered with an error. Before a `later_act`, another call may have changed the instance. */
export type FailedCall = 'look' | 'first_act' | 'later_act';

/** @throws the error itself if it is not EC2's: that is a bug */
export function afterError(parts: CarryParts, operation: OpenOperation, error: unknown, call: FailedCall): Step {
  if (!(error instanceof Ec2Error)) throw error;
  const meaning = meaningOf(error);
  const { delayFloorMs } = meaning;
  const { intent, sentAt } = operation;
  const at = parts.clock();
  const message = tellError(error);
  const again = (attempts: number): number => at + retryDelayMs(attempts, delayFloorMs, parts.random());
  const verifyMs = parts.settings.verifyMs[intent.verb];
  const outOfTime = (text: string): Step => ({ event: { type: 'fail', reason: 'deadline', message: text, at } });
  // EC2 has accepted the call, and only the instance can show the effect. An open operation is in the way of others, so it ends.
  if (operation.state === 'verifying') {
    const waitedMs = at - operation.acceptedAt;
    if (waitedMs <= verifyMs) return { postponeUntil: again(1) };
    return outOfTime(
      `EC2 accepted to ${intent.verb} ${operation.instance.id} ${formatDuration(waitedMs)} ago, so it is most likely done; EC2 cannot be asked what became of it: ${message}`,
    );
  }
  // A refused look says nothing of a call whose answer was lost, and an unreadable answer counts as lost.
  const isOpenStill = call === 'look' ? mayHaveBeenSent(operation) : error.code === 'ClientOutput';
  const outcome =
    isOpenStill && meaning.outcome.state !== 'waiting'
      ? ({ state: 'waiting', reason: 'answer_lost' } as const)
      : meaning.outcome;
  const nothingChanged = meaning.nothingChanged && call === 'first_act';
  const trail = { code: error.code, ...(error.requestId === undefined ? {} : { requestId: error.requestId }) };
  switch (outcome.state) {
    case 'waiting': {
      // An earlier call was never answered. An answered call would have had as much time to show its effect.
      const askedMs = at - (sentAt ?? at);
      if (isTooLate(parts, operation) && askedMs > verifyMs)
        return outOfTime(
          `EC2 was asked to ${intent.verb} it ${formatDuration(askedMs)} ago and gave no answer, and cannot be asked what became of it: ${message}`,
        );
      const until = again(Math.max(1, operation.attempts));
      return { event: { type: 'wait', until, reason: outcome.reason, message, nothingChanged }, trail };
    }
    case 'refused':
      return { event: { type: 'refuse', reason: outcome.reason, message, at, nothingChanged }, trail };
    case 'failed':
      return { event: { type: 'fail', reason: outcome.reason, message, at, nothingChanged }, trail };
  }
}

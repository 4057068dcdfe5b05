/** An operation gives way to an obstacle that only the store knows of. */
import { tellReached } from '../domain/limit.ts';
import type { ResolvedInstance } from '../domain/instance.ts';
import { LAG_MS, mayStillArrive, type OpenOperation } from '../domain/operation.ts';
import type { CancelledReason } from '../domain/reason.ts';
import { overruledBy, tellBarred } from '../domain/precedence.ts';
import type { CarryParts, Obstacle, Step } from './step.ts';

/** How soon an operation looks again whether its rival has ended, in milliseconds. A person waits at the other end. */
const RIVAL_WAIT_MS = { person: 2_000, alert: 5_000 };

export function giveWay(
  parts: CarryParts,
  operation: OpenOperation,
  obstacle: Obstacle,
  resolved: ResolvedInstance | undefined,
): Step {
  const at = parts.clock();
  // Kept with the operation, so that the next rival finds it in its way in turn.
  const instance = resolved === undefined ? {} : { instance: resolved };
  const over = (reason: CancelledReason, message: string): Step => {
    // An earlier call may have arrived: what became of it is looked at first.
    if (operation.state === 'acting')
      return { event: { type: 'wait', until: at, reason: 'answer_lost', message, ...instance } };
    return notYetOver(operation, { event: { type: 'cancel', reason, message, at, ...instance } }, at);
  };
  switch (obstacle.outcome) {
    case 'resolved': {
      const again = operation.acted === undefined ? '' : ' again';
      return over('resolved', `every alert that asked for it was resolved before EC2 was asked${again}`);
    }
    case 'overruled': {
      const { reason, message } = overruledBy(obstacle.word);
      return over(reason, message);
    }
    case 'limited': {
      const { limit, until } = obstacle;
      const guard = 'fleet_limit';
      const message = tellReached(limit);
      const verdicts = [{ guard, verdict: 'wait', message }] as const;
      parts.onJudged(verdicts);
      return { event: { type: 'wait', until, reason: guard, message, ...instance }, trail: { guard, verdicts } };
    }
    case 'rival': {
      if (obstacle.yields && operation.state !== 'acting') return over('superseded', tellBarred(obstacle));
      const message = tellBarred({ ...obstacle, yields: false });
      return {
        event: {
          type: 'wait',
          until: at + RIVAL_WAIT_MS[operation.intent.cause.by],
          reason: 'rival',
          message,
          ...instance,
        },
      };
    }
  }
}

/**
 * A call whose answer was lost may still arrive, or EC2 may not show yet that it has. Until that is known the operation is not
 * over: others would take the machine for what it is no more a moment later.
 */
export function notYetOver(operation: OpenOperation, step: Step, at: number): Step {
  if (!('event' in step) || operation.state === 'verifying' || !mayStillArrive(operation, at)) return step;
  const { event } = step;
  if (event.type !== 'refuse' && event.type !== 'cancel' && !(event.type === 'fail' && event.reason === 'deadline'))
    return step;
  const shownBy = (operation.acted?.at ?? at) + LAG_MS;
  const message = `EC2 was asked before, and its answer was lost: until ${new Date(shownBy).toISOString()} that call may still show. Then: ${event.message}`;
  const until = Math.min(at + RIVAL_WAIT_MS.alert, shownBy);
  const { instance } = event;
  return {
    event: { type: 'wait', until, reason: 'answer_lost', message, ...(instance === undefined ? {} : { instance }) },
  };
}

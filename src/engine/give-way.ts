/** An operation gives way to an obstacle that only the store knows of. */
import { tellReached } from '../domain/limit.ts';
import type { ResolvedInstance } from '../domain/instance.ts';
import { LAG_MS, mayHaveBeenSent, mayStillArrive, type OpenOperation } from '../domain/operation.ts';
import type { CancelledReason } from '../domain/reason.ts';
import { overruledBy, tellBarred } from '../domain/precedence.ts';
import { waits, type CarryParts, type Obstacle, type Step } from './step.ts';

/** How soon an operation looks again whether its rival has ended, in milliseconds. A person waits for the answer. */
const RIVAL_WAIT_MS = { person: 2_000, alert: 5_000, lease: 5_000 };

/** A rival that looks for its machine mostly finds it at once: the first looks come soon, the next at growing distances. In milliseconds. */
const SOONEST_MS = 250;

export function giveWay(
  parts: Pick<CarryParts, 'clock' | 'onJudged'>,
  operation: OpenOperation,
  obstacle: Obstacle,
  instance: ResolvedInstance | undefined,
): Step {
  const at = parts.clock();
  const over = (reason: CancelledReason, message: string): Step => {
    const event = { type: 'cancel', reason, message, at, ...(instance === undefined ? {} : { instance }) } as const;
    return notYetOver(operation, { event }, at);
  };
  switch (obstacle.outcome) {
    case 'resolved': {
      const again = mayHaveBeenSent(operation) ? ' again' : '';
      return over('resolved', `every alert that asked for it was resolved before EC2 was asked${again}`);
    }
    case 'overruled': {
      const { reason, message } = overruledBy(obstacle.word);
      return over(reason, message);
    }
    case 'limited': {
      const guard = 'fleet_limit';
      const message = tellReached(obstacle.limit);
      const verdicts = [{ guard, verdict: 'wait', message }] as const;
      parts.onJudged(verdicts);
      return { ...waits(guard, obstacle.until, message, instance), trail: { guard, verdicts } };
    }
    case 'rival': {
      if (obstacle.yields) return over('superseded', tellBarred(obstacle));
      const longest = RIVAL_WAIT_MS[operation.intent.cause.by];
      const age = Math.max(SOONEST_MS, at - operation.createdAt);
      const until = at + (obstacle.isUnresolved ? Math.min(longest, age) : longest);
      return waits('rival', until, tellBarred(obstacle, obstacle.isUnresolved), instance);
    }
  }
}

/**
 * A call whose answer was lost may still arrive, or EC2 may not show its effect yet. The operation stays open until then:
 * otherwise others would rely on a state of the machine that is about to change.
 */
export function notYetOver(operation: OpenOperation, step: Step, at: number): Step {
  if (!('event' in step) || operation.state === 'verifying' || !mayStillArrive(operation, at)) return step;
  const { event } = step;
  const isEnd =
    event.type === 'refuse' || event.type === 'cancel' || (event.type === 'fail' && event.reason === 'deadline');
  // An operation that becomes a dry run forgets its call.
  if (!isEnd && event.isLive !== false) return step;
  const shownBy = (operation.sentAt ?? at) + LAG_MS;
  const message = `EC2 was asked before, and its answer was lost: until ${new Date(shownBy).toISOString()} that call may still show. Then: ${'message' in event ? event.message : 'a dry run'}`;
  return waits('answer_lost', Math.min(at + RIVAL_WAIT_MS.alert, shownBy), message, event.instance);
}

/** What is told of the work, in one place: each thing that happens becomes a log line and a count, with the same words. */
import type { Operation } from '../domain/operation.ts';
import type { Place } from '../domain/instance.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

export interface Observer {
  /** An operation has moved on, and that is on disk. */
  moved(before: Operation, after: Operation): void;
  /** An alert has got its receipt. */
  received(outcome: string, reason: string): void;
  /** EC2 has been called; `code` is its error code, or `OK`. */
  called(action: string, place: Place, instances: number, code: string, ms: number): void;
  /** Something went wrong that no operation can tell of. */
  fault(what: string, error: unknown, operation?: string): void;
}

export function createObserver(log: Log, metrics: Metrics): Observer {
  return {
    moved: (before, after) => {
      const { verb, client, dryRun, target } = after.intent;
      const ended = 'endedAt' in after;
      const line = {
        operation: after.id,
        verb,
        client,
        dryRun,
        target: target.text,
        instance: after.instance?.id,
        from: before.state,
        state: after.state,
        reason: 'reason' in after ? after.reason : undefined,
      };
      const message = 'message' in after ? after.message : after.state;
      if (after.state === 'failed') log.error(line, message);
      else if (after.state === 'refused') log.warn(line, message);
      else log.info(line, message);
      if (ended) metrics.operationEnded({ verb, client, outcome: after.state, reason: after.reason });
    },
    received: (outcome, reason) => {
      metrics.alertReceived({ outcome, reason });
    },
    called: (action, place, instances, code, ms) => {
      log.debug({ action, ...place, instances, code, ms: Math.round(ms) }, 'EC2 was called');
      metrics.ec2Called({ action, code });
    },
    fault: (what, error, operation) => {
      log.error({ err: error, operation }, what);
      metrics.fault();
    },
  };
}

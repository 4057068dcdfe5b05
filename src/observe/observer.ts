/**
 * Each thing that happens becomes a log line and a count, with the same words. Of moves and deliveries it is one listener of
 * `engine/tell.ts` among others; what is no operation's (calls, verdicts, logins, faults) has no other listener.
 */
import type { AboutAlert } from '../domain/about.ts';
import type { Judged } from '../domain/guard.ts';
import type { Instance, Place } from '../domain/instance.ts';
import { alertOf, type Cause } from '../domain/cause.ts';
import type { SharedLabel } from '../domain/labels.ts';
import type { Move } from '../domain/move.ts';
import { isOpen, type Operation } from '../domain/operation.ts';
import { GOAL } from '../domain/progress.ts';
import type { TrailEntry } from '../domain/trail.ts';
import type { AnsweredDelivery } from '../domain/receipt.ts';
import { logDelivery } from './log-delivery.ts';
import type { Log } from './log.ts';
import type { Ec2Call, Metrics } from './metrics.ts';

export interface Observer {
  /** An operation was opened or has moved on. Of one that was opened, the receipt of its alert tells. */
  moved(move: Move): void;
  /** A delivery was recorded. Of a person's request, which is no alert, the log alone tells. */
  answered(delivery: AnsweredDelivery): void;
  /** Guards have been asked. `overridden`: a person's request passed it although it would have said no. */
  readonly judged: (judged: readonly Judged[]) => void;
  /** EC2 has shown an instance that an operation is about. */
  saw(instance: Pick<Instance, 'id' | 'place' | 'state'>): void;
  /** EC2 has been called. */
  called(call: Ec2Call, place: Place): void;
  /** A request was turned away for a wrong token or signature. */
  loginFailed(): void;
  /** A token was made, with these rights, or revoked. Neither comes with its secret. */
  tokenMade(token: TokenChange): void;
  tokenRevoked(token: TokenChange): void;
  /** Something went wrong that no operation can tell of. */
  fault(what: string, error: unknown, operation?: string): void;
}

type TokenChange = Readonly<Record<string, unknown>> & { readonly name: string; readonly by: string };

export function createObserver(log: Log, metrics: Metrics): Observer {
  const labelIgnored = createLabelIgnored(log, metrics);
  return {
    moved: ({ before, after, entry }) => {
      if (before === undefined) return;
      logMove(log, before, after, entry);
      countMove(metrics, before, after);
    },
    answered: (delivery) => {
      logDelivery(log, delivery);
      const { origin, asked, receipts } = delivery;
      if (origin.method === 'GET') return;
      if (origin.truncatedAlerts !== undefined) metrics.alertsTruncated(origin.truncatedAlerts);
      for (const one of asked) if (one.outcome === 'intent') one.ignoredLabels?.forEach(labelIgnored);
      for (const receipt of receipts) {
        metrics.alertReceived({ outcome: receipt.outcome, reason: 'reason' in receipt ? receipt.reason : '' });
      }
    },
    judged: (judged) => {
      for (const { guard, verdict } of judged) metrics.guardJudged({ guard, verdict });
    },
    saw: ({ id, place, state }) => {
      metrics.instanceSeen({ id, place, state });
    },
    called: (call, place) => {
      const { action, instances, code, ms, throttled } = call;
      log.debug({ action, ...place, instances, code, ms: Math.round(ms) }, 'EC2 was called');
      metrics.ec2Called(call);
      // These two are answers of a place that is there.
      const isAnswer = throttled || code === 'InvalidInstanceID.NotFound';
      if (action === 'DescribeInstances' && !isAnswer) metrics.placeAsked(place, code === 'OK');
    },
    loginFailed: () => {
      metrics.loginFailed();
    },
    tokenMade: (token) => {
      log.info(token, 'a token was made');
    },
    tokenRevoked: (token) => {
      log.info(token, 'a token was revoked');
    },
    fault: (what, error, operation) => {
      log.error({ err: error, operation }, what);
      metrics.fault();
    },
  };
}

/** A label that the sender puts on every alert would fill the log: it is told once, and counted each time. */
function createLabelIgnored(log: Log, metrics: Metrics): (label: SharedLabel) => void {
  const told = new Set<SharedLabel>();
  return (label) => {
    metrics.labelIgnored({ label });
    if (told.has(label)) return;
    told.add(label);
    log.warn(
      { label },
      `the label ${label} of an alert is not read, because many senders use it for things of their own: set ec2_${label}, or name the label in labels.${label} of the configuration; said once, and counted in ec2_operator_labels_ignored_total`,
    );
  };
}

function logMove(log: Log, before: Operation, after: Operation, entry: TrailEntry): void {
  const { verb, client, dryRun, target } = after.intent;
  const line = {
    operation: after.id,
    verb,
    client,
    dryRun,
    target: target.text,
    instance: after.instance?.id,
    name: after.instance?.name,
    ...after.instance?.place,
    ...tellCause(after.intent.cause),
    until: 'until' in after ? new Date(after.until).toISOString() : undefined,
    // What the alert says for people is told once: on the line that begins, or ends at once, what it asks for.
    about: before.state === 'queued' || after.state === 'acting' ? aboutOf(after.intent.cause) : undefined,
    from: before.state,
    state: after.state,
    reason: 'reason' in after ? after.reason : undefined,
    guard: entry.guard,
    requestId: entry.requestId,
    code: entry.code,
    who: entry.who,
  };
  const message = 'message' in after ? after.message : after.state;
  if (after.state === 'failed') log.error(line, message);
  else if (after.state === 'refused') log.warn(line, message);
  else log.info(line, message);
}

/** Who asks, by the words that receipts and the audit use: so the log alone answers who stopped a machine, and why. */
function tellCause(cause: Cause): Record<string, string | undefined> {
  const { by, delivery } = cause;
  switch (by) {
    case 'alert':
      return { by, alertname: cause.alertname, fingerprint: cause.fingerprint, delivery };
    case 'person':
      return { by, person: cause.name, delivery };
  }
}

function aboutOf(cause: Cause): AboutAlert | undefined {
  return alertOf(cause)?.about;
}

function countMove(metrics: Metrics, before: Operation, after: Operation): void {
  const { verb, client, dryRun } = after.intent;
  // Not from any other state: what somebody else had begun already took no call of ours.
  if (after.state === 'verifying' && before.state === 'acting' && !dryRun) {
    metrics.callAccepted({ verb, client }, after.acceptedAt - after.createdAt);
  }
  if (isOpen(after)) return;
  metrics.operationEnded({ verb, client, state: after.state, reason: after.reason });
  if (after.state !== 'succeeded' || after.reason === 'dry_run') return;
  if (after.instance !== undefined) metrics.instanceSeen({ ...after.instance, state: GOAL[verb] });
  if (after.reason === 'state_reached' && !dryRun) {
    metrics.stateReached({ verb, client }, after.endedAt - after.createdAt);
  }
}

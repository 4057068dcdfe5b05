/**
 * Writes log lines and counts metrics. For moves and deliveries it is one listener of `engine/tell.ts`; for calls, verdicts,
 * logins and faults it is the only listener.
 */
import type { Judged } from '../domain/guard.ts';
import type { Instance, Place } from '../domain/instance.ts';
import { alertOf, type Cause } from '../domain/cause.ts';
import type { FailingSchedule, Schedule } from '../domain/schedule.ts';
import type { SharedLabel } from '../domain/labels.ts';
import { isRepeat, type Move } from '../domain/move.ts';
import { isOpen, type Operation } from '../domain/operation.ts';
import { GOAL } from '../domain/progress.ts';
import type { TrailEntry } from '../domain/trail.ts';
import { warningNews, type WarningNews } from '../domain/warning.ts';
import type { AnsweredDelivery } from '../domain/receipt.ts';
import type { HoldOutcome } from './catalog.ts';
import { logDelivery } from './log-delivery.ts';
import type { SCHEDULE_STEPS } from './catalog.ts';
import type { Log } from './log.ts';
import type { Ec2Call, Metrics } from './metrics.ts';
import { createNoticeLog, type TriedNotice } from './notice-log.ts';
import { createWatchLog, type WatchObserver } from './watch-log.ts';

export interface Observer extends WatchObserver {
  /** An operation has moved. The receipt of an alert already reports an opened operation. */
  moved(move: Move): void;
  /** A delivery was recorded. A person's request is logged but not counted as an alert. */
  answered(delivery: AnsweredDelivery): void;
  /** The guards have given verdicts. */
  readonly judged: (judged: readonly Judged[]) => void;
  /** EC2 has described the instance of an operation. */
  saw(instance: Pick<Instance, 'id' | 'place' | 'state'>): void;
  called(call: Ec2Call, place: Place): void;
  /** A request was rejected for a wrong token or signature. */
  loginFailed(): void;
  /** The token's rights, without its secret. */
  tokenMade(token: TokenChange): void;
  tokenRevoked(token: TokenChange): void;
  /** A pause was begun or ended. */
  paused(pause: Readonly<Record<string, unknown>>, what: string): void;
  /** EventBridge was asked to set or remove the schedule of a leased machine. */
  scheduled(call: ScheduleCall): void;
  /** The schedules that could not be changed at the last look. Called at each look. */
  schedulesFail(failing: readonly FailingSchedule[]): void;
  /** A schedule's time has passed before it was moved: EventBridge stops the machine, or has done so. */
  scheduleCame(schedule: Pick<Schedule, 'instance' | 'place' | 'at'>): void;
  /** A person or a program has asked for a hold, or ended one. A renewal by a program is no news. */
  held(hold: Readonly<Record<string, unknown>>, outcome: HoldOutcome, isRenewal?: boolean): void;
  /** A notice was tried. */
  readonly noticeTried: (notice: TriedNotice) => void;
  /** A fault of the operator or its store. */
  fault(what: string, error: unknown, operation?: string): void;
}

export interface ScheduleCall extends Pick<Schedule, 'instance' | 'place' | 'at'> {
  readonly step: (typeof SCHEDULE_STEPS)[number];
  /** AWS's error code, or `OK`. */
  readonly code: string;
}

/** AWS fails for a moment now and then: fewer failures in a row than this are not reported. */
const REPEATED = 3;

type TokenChange = Readonly<Record<string, unknown>> & { readonly name: string; readonly by: string };

export function createObserver(log: Log, metrics: Metrics): Observer {
  const labelIgnored = createLabelIgnored(log, metrics);
  return {
    moved: ({ before, after, entry }) => {
      if (before === undefined) return;
      const news = warningNews({ before, after });
      if (news.began === true) metrics.warningBegan();
      if (news.answer !== undefined) metrics.warningEnded({ answer: news.answer });
      // A warning that goes on, after a restart for example, is told once.
      if (after.warned === undefined || !isRepeat({ before, after })) logMove(log, before, after, { entry, news });
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
    saw: ({ id, place, state }) => metrics.instanceSeen({ id, place, state }),
    called: (call, place) => {
      const { action, instances, code, ms, throttled } = call;
      log.debug({ action, ...place, instances, code, ms: Math.round(ms) }, 'EC2 was called');
      metrics.ec2Called(call);
      // These two errors are answers, so the place is reachable.
      const isAnswer = throttled || code === 'InvalidInstanceID.NotFound';
      if (action === 'DescribeInstances' && !isAnswer) metrics.placeAsked(place, code === 'OK');
    },
    loginFailed: () => metrics.loginFailed(),
    tokenMade: (token) => log.info(token, 'a token was made'),
    tokenRevoked: (token) => log.info(token, 'a token was revoked'),
    paused: (pause, what) => log.warn(pause, what),
    scheduled: ({ step, code, instance, place, at }) => {
      log.debug({ step, code, instance, ...place, at: new Date(at).toISOString() }, 'EventBridge Scheduler was called');
      metrics.scheduleCalled({ action: step, code });
    },
    schedulesFail: (failing) => {
      const repeated = failing.filter(({ times }) => times >= REPEATED);
      metrics.schedulesFailing(repeated.length);
      const [first] = repeated.toSorted((one, other) => one.at - other.at);
      if (first === undefined) return;
      const { instance, at, message } = first;
      log.error(
        { schedules: repeated.length, instance, at: new Date(at).toISOString() },
        `schedules of leases cannot be changed in EventBridge; the first may stop its machine at the time in this line, even if its lease was extended or it is held: ${message}`,
      );
    },
    scheduleCame: ({ instance, place, at }) => {
      log.warn(
        { instance, ...place, at: new Date(at).toISOString() },
        'the schedule of this leased machine was not moved in time: EventBridge has stopped the machine, because ec2-operator was away or could not reach AWS',
      );
    },
    held: (hold, outcome, isRenewal = false) => {
      metrics.holdAsked({ outcome });
      if (isRenewal) log.debug(hold, HOLD_NEWS[outcome]);
      else log.info(hold, HOLD_NEWS[outcome]);
    },
    noticeTried: createNoticeLog(log, metrics),
    ...createWatchLog(log, metrics),
    fault: (what, error, operation) => {
      log.error({ err: error, operation }, what);
      metrics.fault();
    },
  };
}

const HOLD_NEWS: Readonly<Record<HoldOutcome, string>> = {
  made: 'a machine is held',
  moved: 'the end of a hold was moved',
  released: 'a hold was released',
  refused: 'a hold was refused',
};

/** A label on every alert would fill the log, so it is logged once and counted each time. */
function createLabelIgnored(log: Log, metrics: Metrics): (label: SharedLabel) => void {
  const told = new Set<SharedLabel>();
  return (label) => {
    metrics.labelIgnored({ label });
    if (told.has(label)) return;
    told.add(label);
    log.warn(
      { label },
      `the label ${label} of an alert is ignored, because many senders use it for other things: use ec2_${label}, or set labels.${label} in the configuration; logged once, and counted in ec2_operator_labels_ignored_total`,
    );
  };
}

function logMove(
  log: Log,
  before: Operation,
  after: Operation,
  { entry, news }: { readonly entry: TrailEntry; readonly news: WarningNews },
): void {
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
    stopsAt: after.warned === undefined ? undefined : new Date(after.warned.stopsAt).toISOString(),
    isReminder: news.reminded,
    warningEnded: news.answer,
    until: 'until' in after ? new Date(after.until).toISOString() : undefined,
    // The alert's text for people is logged once: when the operation leaves the queue or begins to act.
    about: before.state === 'queued' || after.state === 'acting' ? alertOf(after.intent.cause)?.about : undefined,
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

/** The alert or person that asks, in the words of receipts and the audit. */
function tellCause(cause: Cause): Record<string, string | undefined> {
  const { by, delivery } = cause;
  switch (by) {
    case 'alert':
      return { by, alertname: cause.alertname, fingerprint: cause.fingerprint, delivery };
    case 'person':
      return { by, person: cause.name, delivery };
    case 'lease':
      return { by, lease: cause.lease, person: cause.name, delivery };
  }
}

function countMove(metrics: Metrics, before: Operation, after: Operation): void {
  const { verb, client, dryRun } = after.intent;
  // A move from another state means that the change had already begun without our call.
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

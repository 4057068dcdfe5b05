/** Carries one operation as far as it will go now: resolve -> guard -> act -> verify. The pipeline, top to bottom. */
import { retryDelayMs, verifyDelayMs } from '../domain/backoff.ts';
import { formatDuration } from '../domain/duration.ts';
import { judge } from '../domain/guard.ts';
import { describeInstance, type Instance } from '../domain/instance.ts';
import type {
  Acted,
  Acting,
  Event,
  OpenOperation,
  Operation,
  ResolvedInstance,
  Verifying,
} from '../domain/operation.ts';
import { GOAL, ON_THE_WAY, readProgress } from '../domain/progress.ts';
import { meaningOf } from '../ec2/error-table.ts';
import { Ec2Error } from '../ec2/port.ts';
import type { TrailEntry } from '../store/port.ts';
import type { Ec2Batches } from './ec2-batches.ts';
import { resolve, type ResolveParts } from './resolve.ts';
import type { EngineSettings } from './settings.ts';

export interface CarryParts extends ResolveParts {
  readonly settings: EngineSettings;
  readonly look: Ec2Batches['look'];
  readonly change: Ec2Batches['change'];
  readonly clock: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  /** Writes what a step has found out, as long as this worker owns the operation. */
  readonly write: (operation: OpenOperation, step: Step) => Promise<Written>;
}

/** What comes of one look at an operation: something happened to it, or it is looked at again later as it is. */
export type Step = { readonly event: Event; readonly trail?: StepTrail } | { readonly postponeUntil: number };

/** What the trail tells of a step, besides the change of state. */
export type StepTrail = Pick<TrailEntry, 'guard' | 'requestId' | 'code' | 'message'>;

export type Written =
  | { readonly outcome: 'written'; readonly operation: Operation }
  /** Somebody else owns it now; it is theirs to go on with. */
  | { readonly outcome: 'lost' }
  | { readonly outcome: 'rival'; readonly rival: string; readonly yields: boolean };

export async function carry(parts: CarryParts, operation: OpenOperation): Promise<void> {
  const first = operation.state === 'verifying' ? verify(parts, operation) : approach(parts, operation);
  const step = await orError(parts, operation, first, false);
  const written = await parts.write(operation, step);
  if (written.outcome === 'rival') {
    const instance = 'event' in step ? step.event.instance : undefined;
    await parts.write(operation, yieldTo(parts, operation, written, instance));
  } else if (written.outcome === 'written' && written.operation.state === 'acting') {
    const acting = written.operation;
    // Whatever EC2 says to this call, it says nothing of an earlier one whose answer was lost.
    const isFirstCall = operation.acted === undefined;
    await parts.write(acting, await orError(parts, acting, ask(parts, acting), isFirstCall));
  }
}

/** Everything before EC2 is asked. An operation whose worker died while asking comes through here again. */
async function approach(parts: CarryParts, operation: Exclude<OpenOperation, Verifying>): Promise<Step> {
  const { intent } = operation;
  if (isTooLate(parts, operation)) return comeTooLate(parts, operation);

  const resolution = await resolve(parts, intent);
  const at = parts.clock();
  if (resolution.resolution === 'refused') return { event: { ...resolution, type: 'refuse', at } };
  if (resolution.resolution === 'waiting') {
    const until = at + retryDelayMs(LOOKUP_RETRY, 0, parts.random());
    return { event: { ...resolution, type: 'wait', until } };
  }

  const described = resolution.instance;
  const instance = { id: described.id, place: described.place };
  const already = whatBecameOfIt(operation, described, at);
  if (already !== undefined) return { event: { ...already, instance } };

  const { guard, verdict } = judge({ intent, instance: described, now: at });
  const trail = guard === undefined ? {} : { guard };
  if (verdict.verdict === 'wait') return { event: { ...verdict, type: 'wait', instance }, trail };
  if (verdict.verdict === 'refuse') return { event: { ...verdict, type: 'refuse', at, instance }, trail };

  const acted = snapshot(described, at);
  if (described.state === ON_THE_WAY[intent.verb] && !intent.dryRun) {
    const message = `${describeInstance(described)} is ${described.state} already`;
    return { event: { type: 'accept', instance, acted, at }, trail: { message } };
  }
  const message = `every guard allows to ${intent.verb} ${describeInstance(described)}; EC2 is asked`;
  return { event: { type: 'act', instance, acted }, trail: { message } };
}

/** As if this many tries had failed: a resolver is asked again within seconds, not milliseconds. */
const LOOKUP_RETRY = 3;

/** Without a call: the goal may be reached already, or an earlier call of ours may have come to an end meanwhile. */
function whatBecameOfIt(operation: OpenOperation, instance: Instance, at: number): Event | undefined {
  const { intent, acted } = operation;
  if (acted === undefined || intent.dryRun) {
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
    case 'under_way':
    case 'lost':
      return undefined;
  }
}

/** The one place where EC2 is asked to change something. */
async function ask(parts: CarryParts, acting: Acting): Promise<Step> {
  const { intent, instance, acted } = acting;
  const { verb, dryRun, client } = intent;
  const isStillRight = (seen: Instance | undefined): boolean =>
    !isTooLate(parts, acting) &&
    seen !== undefined &&
    seen.launchedAt === acted.launchedAt &&
    judge({ intent, instance: seen, now: parts.clock() }).verdict.verdict === 'allow';
  const { requestId } = await parts.change(client, instance.place, { verb, id: instance.id, dryRun, isStillRight });
  const at = parts.clock();
  const trail = requestId === undefined ? {} : { requestId };
  if (!dryRun) {
    const message = `EC2 has accepted to ${verb} ${instance.id}`;
    return { event: { type: 'accept', instance, acted, at }, trail: { ...trail, message } };
  }
  const message = `would ${verb} ${instance.id}: every guard allows it, and EC2 says that it would have accepted the call`;
  return { event: { type: 'succeed', reason: 'dry_run', message, at }, trail };
}

async function verify(parts: CarryParts, { intent, instance, acted, acceptedAt }: Verifying): Promise<Step> {
  const seen = await parts.look(intent.client, instance.place, instance.id);
  const at = parts.clock();
  const waitedMs = at - acceptedAt;
  const progress = readProgress(intent.verb, acted, seen, waitedMs);
  switch (progress.progress) {
    case 'reached':
      return { event: { type: 'succeed', reason: 'state_reached', message: progress.message, at } };
    case 'failed':
      return { event: { type: 'fail', reason: progress.reason, message: progress.message, at } };
    case 'lost':
      return { event: { type: 'wait', until: at, reason: 'retry', message: progress.message } };
    case 'under_way': {
      if (waitedMs <= parts.settings.verifyMs[intent.verb]) return { postponeUntil: at + verifyDelayMs(waitedMs) };
      const message = `EC2 accepted the call ${formatDuration(waitedMs)} ago, and the instance is ${seen?.state ?? 'not shown'}`;
      return { event: { type: 'fail', reason: 'deadline', message, at } };
    }
  }
}

/**
 * An EC2 error becomes what the error table says; anything else is a bug and goes on up.
 *
 * @param isFirstCall whether the error is the answer to the only call so far that could have changed the instance
 */
async function orError(
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
      return { event: { type: 'refuse', reason: outcome.reason, message, at }, trail };
    case 'failed':
      return { event: { type: 'fail', reason: outcome.reason, message, at }, trail };
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

/** How soon an operation looks again whether its rival has ended, in milliseconds. */
const RIVAL_WAIT_MS = 5_000;

function yieldTo(
  parts: CarryParts,
  operation: OpenOperation,
  { rival, yields }: Extract<Written, { outcome: 'rival' }>,
  resolved: ResolvedInstance | undefined,
): Step {
  const at = parts.clock();
  // Kept with the operation, so that the next rival finds it in its way in turn.
  const instance = resolved === undefined ? {} : { instance: resolved };
  if (yields && operation.state !== 'acting') {
    const message = `operation ${rival} wants the opposite for the same instance and takes precedence`;
    return { event: { type: 'cancel', reason: 'superseded', message, at, ...instance } };
  }
  const message = `operation ${rival} is being carried out on the same instance with the opposite verb`;
  return { event: { type: 'wait', until: at + RIVAL_WAIT_MS, reason: 'rival', message, ...instance } };
}

/** A person who has joined an operation has asked for it only then. */
function isTooLate({ clock, settings }: CarryParts, { intent, createdAt }: OpenOperation): boolean {
  const askedAt = intent.cause.by === 'person' ? intent.cause.beganAt : createdAt;
  return clock() - askedAt > settings.giveUpMs[intent.verb];
}

/** EC2 is not asked any more. But an earlier call, whose answer was lost, may have arrived: what became of it is told. */
async function comeTooLate(parts: CarryParts, operation: Exclude<OpenOperation, Verifying>): Promise<Step> {
  const { intent, instance, acted } = operation;
  if (instance === undefined || acted === undefined || intent.dryRun) return giveUp(parts, operation);
  const seen = await parts.look(intent.client, instance.place, instance.id);
  const at = parts.clock();
  const already = seen === undefined ? undefined : whatBecameOfIt(operation, seen, at);
  if (already !== undefined) return { event: already };
  if (seen?.state === ON_THE_WAY[intent.verb]) return { event: { type: 'accept', instance, acted, at } };
  return giveUp(parts, operation);
}

/** What was asked for long ago is not done out of the blue: whoever still wants it asks again. */
function giveUp(parts: CarryParts, operation: OpenOperation): Step {
  const at = parts.clock();
  const last = operation.state === 'waiting' ? `; it waited because of: ${operation.message}` : '';
  const message = `not done within ${formatDuration(at - operation.createdAt)} of being asked for${last}`;
  return { event: { type: 'fail', reason: 'deadline', message, at } };
}

function snapshot({ launchedAt, stateReason }: Instance, at: number): Acted {
  return { at, launchedAt, ...(stateReason === undefined ? {} : { stateReason: stateReason.code }) };
}

/** Carries one operation as far as it will go now: resolve -> guard -> act -> verify. The pipeline, top to bottom. */
import { retryDelayMs, verifyDelayMs } from '../domain/backoff.ts';
import { formatDuration } from '../domain/duration.ts';
import { explain, tellHeldBack, tellOutlook } from '../domain/outlook.ts';
import type { Judgement } from '../domain/guard.ts';
import { describeInstance, identify, type Instance, type ResolvedInstance } from '../domain/instance.ts';
import { ledgerEntries } from '../domain/limit.ts';
import type { Acted, Event, OpenOperation, Operation, Verifying } from '../domain/operation.ts';
import { ON_THE_WAY, readProgress } from '../domain/progress.ts';
import { isSelected } from '../domain/selector.ts';
import { orError } from './after-error.ts';
import { ask, NO_BASIS } from './ask.ts';
import { judgeWithEvidence, tellVerdicts } from './evidence.ts';
import { find } from './find.ts';
import { giveWay, notYetOver } from './give-way.ts';
import { comeTooLate, isTooLate, notShown, takenBack, whatBecameOfIt } from './outcome.ts';
import type { Resolution, Resolved } from './resolve.ts';
import type { CarryParts, Step, StepTrail } from './step.ts';

export async function carry(parts: CarryParts, operation: OpenOperation): Promise<void> {
  const since = performance.now();
  const first = operation.state === 'verifying' ? verify(parts, operation) : approach(parts, operation);
  const step = notYetOver(operation, await orError(parts, operation, first, 'look'), parts.clock());
  const acting = await writeOrGiveWay(parts, operation, step);
  if (acting?.state !== 'acting') return;
  const { basis = NO_BASIS } = 'event' in step ? step : {};
  // Whatever EC2 says to this call, it says nothing of an earlier one whose answer was lost.
  const isFirstCall = operation.acted === undefined;
  await parts.write(
    acting,
    await orError(
      parts,
      acting,
      ask(parts, acting, { ...basis, isFirstCall, since }),
      isFirstCall ? 'first_change' : 'later_change',
    ),
  );
}

/** @returns the operation as it now is; undefined when it is somebody else's, or begins again */
async function writeOrGiveWay(parts: CarryParts, operation: OpenOperation, step: Step): Promise<Operation | undefined> {
  const written = await parts.write(operation, step);
  switch (written.outcome) {
    case 'written':
      return written.operation;
    case 'lost':
    case 'cause_changed':
      return undefined;
    case 'rival':
    case 'limited':
    case 'overruled':
    case 'resolved': {
      const instance = 'event' in step ? step.event.instance : undefined;
      return writeOrGiveWay(parts, operation, giveWay(parts, operation, written, instance));
    }
  }
}

/** Everything before EC2 is asked. An operation whose worker died while asking comes through here again. */
async function approach(parts: CarryParts, operation: Approaching): Promise<Step> {
  if (isTooLate(parts, operation)) return comeTooLate(parts, operation);
  const found = await find(parts, operation);
  if (found.resolution === 'not_shown') return notShown(parts, operation);
  if (found.resolution !== 'instance') return notResolved(parts, operation, found);
  const { instance } = found;
  const already = isThereAlready(parts, operation, instance);
  if (already !== undefined) return already;
  const judgement = await askGuards(parts, operation, instance);
  return isHeldBack(parts, operation, instance, judgement) ?? begin(parts, operation, found, judgement);
}

type Approaching = Exclude<OpenOperation, Verifying>;

function notResolved(
  parts: CarryParts,
  operation: Approaching,
  resolution: Exclude<Resolution, { resolution: 'instance' }>,
): Step {
  const at = parts.clock();
  if (resolution.resolution === 'refused') {
    const { reason, message, isUnknownName } = resolution;
    const isFirstNo = operation.state !== 'waiting' || operation.reason !== 'name_unknown';
    if (isUnknownName !== true || !isFirstNo) return { event: { type: 'refuse', reason, message, at } };
    const until = at + UNKNOWN_NAME_MS[operation.intent.cause.by];
    return { event: { type: 'wait', until, reason: 'name_unknown', message: `${message}; it is asked once more` } };
  }
  const until = at + retryDelayMs(LOOKUP_RETRY, 0, parts.random());
  return { event: { ...resolution, type: 'wait', until } };
}

/** That all is as it should be cancels rivals, and tells a machine's state: neither is for whom it does not concern. */
function isThereAlready(parts: CarryParts, operation: Approaching, instance: Instance): Step | undefined {
  if (operation.acted === undefined && !isSelected(operation.intent.only ?? {}, instance)) return undefined;
  const already = whatBecameOfIt(operation, instance, parts.clock());
  return already === undefined ? undefined : { event: { ...already, instance: identify(instance) } };
}

async function askGuards(parts: CarryParts, operation: Approaching, instance: Instance): Promise<Judgement> {
  const { id, intent, createdAt } = operation;
  const now = parts.clock();
  const hasWaited = operation.state !== 'queued' || now - createdAt > LONG_AGO_MS;
  const asked = { operation: id, intent, instance, now, askedAt: createdAt, hasWaited, isThorough: intent.dryRun };
  const judgement = await judgeWithEvidence(parts, asked);
  parts.onJudged(judgement.verdicts);
  return judgement;
}

/** A dry run does not wait: it is told what it would wait for. */
function isHeldBack(
  parts: CarryParts,
  operation: Approaching,
  instance: Instance,
  judgement: Judgement,
): Step | undefined {
  const { verdict, guard } = judgement;
  if (verdict.verdict === 'allow') return undefined;
  const { dryRun } = operation.intent;
  const trail = trailOf(judgement, dryRun);
  const at = parts.clock();
  const message = tellHeldBack(verdict, guard);
  if (verdict.verdict === 'refuse') {
    const { reason } = verdict;
    const found = identify(instance);
    if (reason === 'not_firing') return { event: noLongerWanted(operation, reason, message, at, found), trail };
    return { event: { type: 'refuse', reason, message, at, instance: found }, trail };
  }
  if (dryRun) return undefined;
  return { event: { ...verdict, message, type: 'wait', instance: identify(instance) }, trail };
}

function begin(parts: CarryParts, { intent }: Approaching, found: Resolved, judgement: Judgement): Step {
  const at = parts.clock();
  const { instance: described, addresses, tag } = found;
  const instance = identify(described);
  const trail = trailOf(judgement, intent.dryRun);
  const acted = snapshot(described, at);
  if (described.state === ON_THE_WAY[intent.verb] && !intent.dryRun) {
    const message = `${describeInstance(described)} is ${described.state} already`;
    return { event: { type: 'accept', instance, acted, at }, trail: { ...trail, message } };
  }
  const outlook = tellOutlook(intent, described, judgement);
  const message = `${intent.dryRun ? outlook : explain(intent, described, judgement)}; EC2 is asked`;
  const ledger = ledgerEntries(intent, described, parts.settings.guards);
  return {
    event: { type: 'act', instance, acted },
    trail: { ...trail, message },
    ledger,
    basis: { addresses, outlook, ...(tag === undefined ? {} : { tag }) },
  };
}

function trailOf(judgement: Judgement, all: boolean): StepTrail {
  const verdicts = tellVerdicts(judgement, all);
  return {
    ...(judgement.guard === undefined ? {} : { guard: judgement.guard }),
    ...(verdicts.length === 0 ? {} : { verdicts }),
  };
}

/** EC2 may have been asked already, by a worker that died: then it is looked at as one that waits, before it can be over. */
function noLongerWanted(
  { state }: OpenOperation,
  reason: 'not_firing',
  message: string,
  at: number,
  instance: ResolvedInstance,
): Event {
  if (state === 'acting') return { type: 'wait', until: at, reason: 'answer_lost', message, instance };
  return { type: 'cancel', reason, message, at, instance };
}

/** What is taken up later than this after it was asked for has waited, even if nobody has put it off. In milliseconds. */
const LONG_AGO_MS = 60_000;

/** How long after its first no DNS is asked for a name once more. People wait for the answer. In milliseconds. */
const UNKNOWN_NAME_MS = { alert: 30_000, person: 2_000 } as const;

/** As if this many tries had failed: a resolver is asked again within seconds, not milliseconds. */
const LOOKUP_RETRY = 3;

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
    case 'taken_back':
      return { event: takenBack(progress.message, at) };
    case 'lost':
      return { event: { type: 'wait', until: at, reason: 'no_effect', message: progress.message } };
    case 'under_way': {
      if (waitedMs <= parts.settings.verifyMs[intent.verb]) return { postponeUntil: at + verifyDelayMs(waitedMs) };
      const message = `EC2 accepted the call ${formatDuration(waitedMs)} ago, and the instance is ${seen?.state ?? 'not shown'}`;
      return { event: { type: 'fail', reason: 'deadline', message, at } };
    }
  }
}

function snapshot({ launchedAt, stateReason }: Instance, at: number): Acted {
  return { at, launchedAt, ...(stateReason === undefined ? {} : { stateReason: stateReason.code }) };
}

/** Carries one operation as far as it can go now: resolve -> guard -> act -> verify. The pipeline, top to bottom. */
import { retryDelayMs, verifyDelayMs } from '../domain/backoff.ts';
import { formatDuration } from '../domain/duration.ts';
import { circumstancesOf, type JudgedBy } from '../domain/circumstances.ts';
import { explain, tellHeldBack, tellOutlook } from '../domain/outlook.ts';
import { identify } from '../domain/identify.ts';
import { describeInstance, reachableAt, type Instance } from '../domain/instance.ts';
import { ledgerEntries, placesOf, withPlaces, type LedgerEntry } from '../domain/limit.ts';
import {
  mayHaveBeenSent,
  restsOnVoice,
  type Acted,
  type Event,
  type OpenOperation,
  type Operation,
  type Verifying,
} from '../domain/operation.ts';
import { ON_THE_WAY, readProgress } from '../domain/progress.ts';
import { isAmong } from '../domain/selector.ts';
import { isMoot, type Wait } from '../domain/verdict.ts';
import { hasPlaces } from '../domain/warning.ts';
import { afterError } from './after-error.ts';
import { ask, NO_BASIS } from './ask.ts';
import { judgeWithEvidence, tellVerdicts, type HeardJudgement } from './evidence.ts';
import { find } from './find.ts';
import { asLive, decideLive, whyNotLive, withDecision } from './live.ts';
import { giveWay, notYetOver } from './give-way.ts';
import { comeTooLate, endOf, isTooLate, notShown, whatBecameOfIt } from './outcome.ts';
import type { Resolution, Resolved } from './resolve.ts';
import { waits, type Approaching, type CarryParts, type Happened, type Step } from './step.ts';

export async function carry(parts: CarryParts, operation: OpenOperation): Promise<void> {
  const since = performance.now();
  const looked = operation.state === 'verifying' ? verify(parts, operation) : approach(parts, operation);
  const first = await looked.catch((error: unknown) => afterError(parts, operation, error, 'look'));
  const step = notYetOver(operation, first, parts.clock());
  const acting = await writeOrGiveWay(parts, operation, step);
  if (acting?.state !== 'acting') return;
  const { basis = NO_BASIS } = 'event' in step ? step : {};
  // EC2's answer to this call says nothing of an earlier call whose answer was lost.
  const isFirstCall = !mayHaveBeenSent(operation);
  const { asked, step: next } = await ask(parts, acting, { ...basis, isFirstCall, since });
  await parts.write(asked, next);
}

/** @returns the operation as it now is; undefined when another worker owns it, or when it begins again */
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
  const live = decideLive(parts.settings, operation, found.instance, parts.clock());
  const decided = asLive(operation, live);
  const already = isThereAlready(parts, decided, found.instance);
  if (already !== undefined) return withDecision(already, live);
  const judgement = await askGuards(parts, decided, found.instance);
  const step = withDecision(decide(parts, decided, found, judgement), live);
  return 'event' in step ? { ...step, judged: judgedBy(parts, found.instance, judgement) } : step;
}

function notResolved(parts: CarryParts, operation: Approaching, resolution: Exclude<Resolution, Resolved>): Step {
  const at = parts.clock();
  const { message } = resolution;
  if (resolution.resolution === 'waiting')
    return waits(resolution.reason, at + retryDelayMs(LOOKUP_RETRY, 0, parts.random()), message);
  const isFirstNo = operation.state !== 'waiting' || operation.reason !== 'name_unknown';
  if (resolution.isUnknownName === true && isFirstNo) {
    const until = at + UNKNOWN_NAME_MS[operation.intent.cause.by];
    return waits('name_unknown', until, `${message}; it is asked once more`);
  }
  return { event: { type: 'refuse', reason: resolution.reason, message, at } };
}

/** Such an end cancels rivals and shows the machine's state, so a token's selector must allow the machine first. */
function isThereAlready(parts: CarryParts, operation: Approaching, instance: Instance): Step | undefined {
  if (!mayHaveBeenSent(operation) && !isAmong(operation.intent.only, instance)) return undefined;
  const already = whatBecameOfIt(operation, instance, parts.clock());
  if (already === undefined) return undefined;
  const message = `${already.message}${whyNotLive(parts.settings, operation.intent)}`;
  return {
    event: { ...already, message, instance: identify(instance, parts.settings.guards.telling) },
    ...tellEnd(operation, already, instance),
  };
}

/** A person who has started a machine wants to reach it. */
function tellEnd(
  { intent }: OpenOperation,
  end: Event,
  { addresses, launchedAt }: Instance,
): Pick<Happened, 'trail' | 'launchedAt'> {
  if (intent.verb === 'stop' || end.type !== 'succeed') return { launchedAt };
  return { launchedAt, trail: { addresses: reachableAt(addresses) } };
}

function judgedBy({ settings }: CarryParts, instance: Instance, judgement: HeardJudgement): JudgedBy {
  return {
    circumstances: circumstancesOf(instance, judgement),
    launchedAt: instance.launchedAt,
    settings: settings.version,
  };
}

async function askGuards(parts: CarryParts, operation: Approaching, instance: Instance): Promise<HeardJudgement> {
  const { id, intent, createdAt, warned } = operation;
  const now = parts.clock();
  const hasWaited = operation.state !== 'queued' || now - createdAt > LONG_AGO_MS || cameLate(operation);
  const about = {
    operation: id,
    intent,
    instance,
    now,
    askedAt: createdAt,
    hasWaited,
    isThorough: intent.dryRun,
    ...(warned === undefined ? {} : { warned }),
  };
  const judgement = await judgeWithEvidence(parts, about);
  parts.onJudged(judgement.verdicts);
  return judgement;
}

function decide(parts: CarryParts, operation: Approaching, found: Resolved, judgement: HeardJudgement): Step {
  const { intent } = operation;
  const { verdict, guard, heard } = judgement;
  const { verb, dryRun } = intent;
  const { instance: described, addresses, tag } = found;
  const at = parts.clock();
  const instance = identify(described, parts.settings.guards.telling);
  const aside = whyNotLive(parts.settings, intent);
  const verdicts = tellVerdicts(judgement, dryRun);
  const trail = { ...(guard === undefined ? {} : { guard }), ...(verdicts.length === 0 ? {} : { verdicts }) };
  if (verdict.verdict === 'refuse') {
    const { reason } = verdict;
    const message = tellHeldBack(verdict, guard) + aside;
    if (!isMoot(reason)) return { event: { type: 'refuse', reason, message, at, instance }, trail };
    return { event: { type: 'cancel', reason, message, at, instance }, trail };
  }
  // A dry run does not wait. Its outlook says what the operation would wait for.
  if (verdict.verdict === 'wait' && !dryRun) {
    const waiting = holdBack(parts, operation, described, verdict, guard);
    return { ...waiting, trail, ...(heard !== undefined && restsOnVoice(verdict.reason) ? { heard } : {}) };
  }
  const acted = snapshot(described);
  if (described.state === ON_THE_WAY[verb] && !dryRun) {
    const message = `${describeInstance(described)} is ${described.state} already`;
    return { event: { type: 'accept', instance, acted, at }, trail: { ...trail, message } };
  }
  const outlook = `${tellOutlook(intent, described, judgement)}${aside}`;
  const message = `${dryRun ? outlook : explain(intent, described, judgement)}; EC2 is asked`;
  return {
    event: { type: 'act', instance, acted },
    trail: { ...trail, message },
    ledger: entriesOf(parts, operation, described),
    basis: { addresses, outlook, ...(tag === undefined ? {} : { tag }) },
  };
}

/** A warning takes the places of its stop when it begins, and its trail says once that it goes on. */
function holdBack(
  { settings }: CarryParts,
  { intent, warned: before }: Approaching,
  described: Instance,
  verdict: Wait,
  guard: string | undefined,
): Happened {
  const { reason, until, warned, isEndless } = verdict;
  const waiting = waits(reason, until, tellHeldBack(verdict, guard), identify(described, settings.guards.telling));
  const event = { ...waiting.event, ...(isEndless === undefined ? {} : { isEndless }) };
  if (warned === undefined) return { event };
  const begins = warned !== 'over' && warned.at !== before?.at;
  return { event: { ...event, warned }, ...(begins ? { ledger: placesOf(intent, described, settings.guards) } : {}) };
}

/** The ledger's entries for an act. A warned stop has its places already. */
function entriesOf(
  { settings, clock }: CarryParts,
  operation: Approaching,
  described: Instance,
): readonly LedgerEntry[] {
  const { intent, warned } = operation;
  const entries = ledgerEntries(intent, described, settings.guards);
  const about = { intent, now: clock(), ...(warned === undefined ? {} : { warned }) };
  return hasPlaces(about) ? withPlaces(entries) : entries;
}

/** An operation that is taken up later than this counts as having waited, even if nothing held it back. In milliseconds. */
const LONG_AGO_MS = 60_000;

/**
 * Whether its alert had begun long before it came: a queue or a relay may have kept it, and its end may have come before it or not at all.
 */
function cameLate({ intent: { cause }, createdAt }: OpenOperation): boolean {
  return createdAt - cause.beganAt > LATE_MS;
}

/** Longer than Alertmanager's default `group_interval` of 5 min, in milliseconds. */
const LATE_MS = 15 * 60_000;

/** How soon DNS is asked again for a name that it does not know. People wait for the answer. In milliseconds. */
const UNKNOWN_NAME_MS = { alert: 30_000, person: 2_000, lease: 30_000 } as const;

/** As if this many tries had failed: a resolver is asked again within seconds, not milliseconds. */
const LOOKUP_RETRY = 3;

async function verify(parts: CarryParts, operation: Verifying): Promise<Step> {
  const { intent, instance, acted, acceptedAt } = operation;
  const seen = await parts.look(intent.client, instance.place, instance.id);
  const at = parts.clock();
  const waitedMs = at - acceptedAt;
  const progress = readProgress(intent.verb, acted, seen, waitedMs);
  const end = endOf(progress, at);
  if (end !== undefined) return { event: end, ...(seen && tellEnd(operation, end, seen)) };
  if (progress.progress === 'lost') return waits('no_effect', at, progress.message);
  if (waitedMs <= parts.settings.verifyMs[intent.verb]) return { postponeUntil: at + verifyDelayMs(waitedMs) };
  const message = `EC2 accepted the call ${formatDuration(waitedMs)} ago, and the instance is ${seen?.state ?? 'not shown'}`;
  return { event: { type: 'fail', reason: 'deadline', message, at } };
}

function snapshot({ launchedAt, stateReason }: Instance): Acted {
  return { launchedAt, ...(stateReason === undefined ? {} : { stateReason: stateReason.code }) };
}

/** The outlook of intents now. Everything is looked at; nothing is stored or changed. */
import { tellOutlook } from '../domain/outlook.ts';
import type { Foreseen, Judged } from '../domain/guard.ts';
import { identify } from '../domain/identify.ts';
import { describeInstance, type Instance, type ResolvedInstance } from '../domain/instance.ts';
import type { Intent } from '../domain/intent.ts';
import { ledgerEntries, placesOf, type Act } from '../domain/limit.ts';
import { GOAL } from '../domain/progress.ts';
import { isLive, withLive } from '../domain/live.ts';
import { isAmong, isSelected } from '../domain/selector.ts';
import type { CancelledReason, FailedReason, RefusedReason, SucceededReason, WaitingReason } from '../domain/reason.ts';
import {
  findOverruling,
  findWay,
  keepsBack,
  overruledBy,
  tellBarred,
  type Contender,
  type Way,
} from '../domain/precedence.ts';
import { namesOf } from '../domain/word.ts';
import { meaningOf } from '../ec2/error-table.ts';
import { Ec2Error } from '../ec2/port.ts';
import type { Store } from '../store/port.ts';
import { judgeWithEvidence, type EvidenceParts } from './evidence.ts';
import { whyNotLive } from './live.ts';
import { resolve, type ResolveParts } from './resolve.ts';

export interface Outlook {
  readonly outcome: (typeof OUTLOOKS)[number];
  readonly reason?: RefusedReason | WaitingReason | CancelledReason | FailedReason | SucceededReason;
  readonly message: string;
  readonly until?: number;
  /** When people would be warned, and when the stop would follow. */
  readonly warnsAt?: number;
  readonly stopsAt?: number;
  /** The channels through which people would be warned. */
  readonly channels?: readonly string[];
  readonly guard?: string;
  readonly verdicts?: readonly Judged[];
  readonly instance?: ResolvedInstance;
  /** Present where `live.only` does not select the machine: alerts are dry runs there. */
  readonly isLive?: false;
}

export const OUTLOOKS = ['would_start', 'would_stop', 'would_wait', 'would_refuse', 'would_fail', 'nothing'] as const;

const WOULD = { waiting: 'would_wait', refused: 'would_refuse', failed: 'would_fail' } as const;

export interface PlanParts extends ResolveParts, EvidenceParts {
  readonly store: Pick<Store, 'openOn'>;
  readonly clock: () => number;
}

/** An outlook per intent, in order. Each act counts for the limits of the intents after it. */
export async function planIntents(parts: PlanParts, intents: readonly Intent[]): Promise<readonly Outlook[]> {
  const found = await Promise.all(intents.map(async (intent) => ({ intent, instance: await find(parts, intent) })));
  const acts = simulateActs(parts);
  const outlooks: Outlook[] = [];
  for (const { intent, instance } of found)
    outlooks.push('outcome' in instance ? instance : await planLive(parts, acts, intent, instance));
  return outlooks;
}

/** @returns the instance, or why the target does not lead to exactly one */
async function find(parts: PlanParts, intent: Intent): Promise<Instance | Outlook> {
  try {
    const resolution = await resolve(parts, intent);
    if (resolution.resolution === 'instance') return resolution.instance;
    return { outcome: WOULD[resolution.resolution], reason: resolution.reason, message: resolution.message };
  } catch (error) {
    if (!(error instanceof Ec2Error)) throw error;
    const { outcome } = meaningOf(error);
    return { outcome: WOULD[outcome.state], reason: outcome.reason, message: `${error.code}: ${error.message}` };
  }
}

async function planLive(
  parts: PlanParts,
  acts: ReturnType<typeof simulateActs>,
  asked: Intent,
  instance: Instance,
): Promise<Outlook> {
  const { liveOnly } = parts.settings;
  const intent = withLive(asked, isLive(asked.cause, instance, liveOnly));
  const outlook = await planInstance(parts, acts, intent, instance);
  if (liveOnly === undefined || isSelected(liveOnly, instance)) return outlook;
  return { ...outlook, message: `${outlook.message}${whyNotLive(parts.settings, intent)}`, isLive: false };
}

async function planInstance(
  parts: PlanParts,
  acts: ReturnType<typeof simulateActs>,
  intent: Intent,
  described: Instance,
): Promise<Outlook> {
  const now = parts.clock();
  const instance = identify(described, parts.settings.guards.telling);
  if (described.state === GOAL[intent.verb] && isAmong(intent.only, described)) {
    const way = await meetRivals(parts, intent, instance.id, now);
    if (typeof way !== 'string') return { ...way, instance };
    const message = `${describeInstance(described)} is ${described.state} already${way}`;
    return { outcome: 'nothing', reason: 'already_in_state', message, instance };
  }
  const judgement = await judgeWithEvidence(
    { ...parts, readActs: acts.read },
    // As for a dry run, every guard answers.
    { intent, instance: described, now, hasWaited: false, isThorough: true },
  );
  const { verdict, verdicts, guard } = judgement;
  const told = { message: tellOutlook(intent, described, judgement), verdicts, instance };
  const by = guard === undefined ? {} : { guard };
  const words = await Promise.all(namesOf(intent, instance.id).map(parts.readWords));
  const word = findOverruling(words.flat(), instance.id, intent);
  // An operation that waits is found overruled later.
  if (word !== undefined && verdict.verdict !== 'refuse')
    return { outcome: 'nothing', ...overruledBy(word), verdicts, instance };
  switch (verdict.verdict) {
    case 'refuse':
      return { outcome: 'would_refuse', reason: verdict.reason, ...by, ...told };
    case 'wait': {
      const { reason, isEndless } = verdict;
      const until = isEndless === true ? {} : { until: verdict.until };
      const { warning } = judgement;
      // A warning that would begin now takes the places of its stop.
      if (warning !== undefined && reason === 'warned')
        for (const { key } of placesOf(intent, described, parts.settings.guards))
          acts.enter(key, warning.stopsAt, true);
      const times = warning === undefined ? {} : toTimes(warning);
      return { outcome: 'would_wait', reason, ...until, ...times, ...by, ...told };
    }
    case 'allow': {
      const way = await meetRivals(parts, intent, instance.id, now, true);
      if (typeof way !== 'string') return { ...way, verdicts, instance };
      for (const { key } of ledgerEntries(intent, described, parts.settings.guards)) acts.enter(key, now);
      const outcome = intent.verb === 'start' ? 'would_start' : 'would_stop';
      return { ...told, outcome, message: `${told.message}${way}` };
    }
  }
}

function toTimes({ at, stopsAt, channels }: Foreseen): Pick<Outlook, 'warnsAt' | 'stopsAt' | 'channels'> {
  return { warnsAt: at, stopsAt, ...(channels.length === 0 ? {} : { channels }) };
}

/**
 * Meets the open operations with the opposite verb, as an operation that was opened now would.
 *
 * @param wouldAsk whether EC2 would be asked: then a person's operation is in the way even before its machine is known
 * @returns why it would not go on; or a text that names the operations that would be cancelled for it
 */
async function meetRivals(
  { store }: PlanParts,
  intent: Intent,
  instance: string,
  now: number,
  wouldAsk = false,
): Promise<Outlook | string> {
  const open = await store.openOn(instance, namesOf(intent, instance));
  const planned: Contender = { id: NEWEST_ID, intent, createdAt: now };
  const first = wouldAsk ? open.find((other) => other.instance === undefined && keepsBack(other, planned)) : undefined;
  const there = open.filter((other) => other.instance?.id === instance);
  const way: Way =
    first === undefined ? findWay(planned, there, now) : { way: 'barred', rival: first.id, yields: false };
  if (way.way === 'free')
    return way.losers.map(({ id }) => `; operation ${id}, which wants the opposite, would be cancelled`).join('');
  const outcome = way.yields ? 'nothing' : 'would_wait';
  return { outcome, reason: way.yields ? 'superseded' : 'rival', message: tellBarred(way, first !== undefined) };
}

/** Sorts after every id, as that of the next operation does. */
const NEWEST_ID = '~';

/** The acts that the store knows, read once for each key, and those that the plan adds. */
function simulateActs({ readActs }: PlanParts) {
  const known = new Map<string, Promise<readonly Act[]>>();
  const added = new Map<string, Act[]>();
  return {
    read: async (key: string): Promise<readonly Act[]> => {
      const acts = known.get(key) ?? readActs(key);
      known.set(key, acts);
      return [...(await acts), ...(added.get(key) ?? [])];
    },
    enter: (key: string, at: number, isPlanned = false): void => {
      const act = { operation: '', at, ...(isPlanned ? { planned: true as const } : {}) };
      added.set(key, [...(added.get(key) ?? []), act]);
    },
  };
}

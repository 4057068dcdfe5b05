/** What would become of intents now: everything is looked at, nothing is stored and nothing is changed. */
import { tellOutlook } from '../domain/outlook.ts';
import type { Judged } from '../domain/guard.ts';
import { describeInstance, identify, type Instance, type ResolvedInstance } from '../domain/instance.ts';
import type { Intent } from '../domain/intent.ts';
import { ledgerEntries, type Act } from '../domain/limit.ts';
import { GOAL } from '../domain/progress.ts';
import { isSelected } from '../domain/selector.ts';
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
import { judgeWithEvidence, type EvidenceParts, type ReadActs } from './evidence.ts';
import { resolve, type Resolution, type ResolveParts } from './resolve.ts';

export interface Outlook {
  readonly outcome: (typeof OUTLOOKS)[number];
  readonly reason?: RefusedReason | WaitingReason | CancelledReason | FailedReason | SucceededReason;
  readonly message: string;
  readonly until?: number;
  readonly guard?: string;
  readonly verdicts?: readonly Judged[];
  readonly instance?: ResolvedInstance;
}

export const OUTLOOKS = ['would_start', 'would_stop', 'would_wait', 'would_refuse', 'would_fail', 'nothing'] as const;

export interface PlanParts extends ResolveParts, EvidenceParts {
  readonly store: Pick<Store, 'openOn'>;
  readonly clock: () => number;
}

/** One answer per intent, in order. Each counts for those after it, so that limits hold as they would. */
export async function planIntents(parts: PlanParts, intents: readonly Intent[]): Promise<readonly Outlook[]> {
  const found = await Promise.all(intents.map(async (intent) => find(parts, intent)));
  const acts = simulateActs(parts);
  const outlooks: Outlook[] = [];
  for (const [index, intent] of intents.entries()) {
    const resolution = found[index];
    if (resolution === undefined) throw new RangeError('expected a resolution for every intent');
    outlooks.push('outcome' in resolution ? resolution : await planInstance(parts, acts, intent, resolution));
  }
  return outlooks;
}

/** @returns the instance, or why there is none to be sure of */
async function find(parts: PlanParts, intent: Intent): Promise<Instance | Outlook> {
  try {
    return fromResolution(await resolve(parts, intent));
  } catch (error) {
    if (!(error instanceof Ec2Error)) throw error;
    const { outcome } = meaningOf(error);
    const would = { waiting: 'would_wait', refused: 'would_refuse', failed: 'would_fail' } as const;
    return { outcome: would[outcome.state], reason: outcome.reason, message: `${error.code}: ${error.message}` };
  }
}

function fromResolution(resolution: Resolution): Instance | Outlook {
  switch (resolution.resolution) {
    case 'instance':
      return resolution.instance;
    case 'refused':
      return { outcome: 'would_refuse', reason: resolution.reason, message: resolution.message };
    case 'waiting':
      return { outcome: 'would_wait', reason: resolution.reason, message: resolution.message };
  }
}

interface SimulatedActs {
  readonly read: ReadActs;
  readonly enter: (key: string, at: number) => void;
}

async function planInstance(
  parts: PlanParts,
  acts: SimulatedActs,
  intent: Intent,
  described: Instance,
): Promise<Outlook> {
  const now = parts.clock();
  const instance = identify(described);
  if (described.state === GOAL[intent.verb] && isSelected(intent.only ?? {}, described)) {
    const way = await meetRivals(parts, intent, instance.id, now);
    if (typeof way !== 'string') return { ...way, instance };
    const message = `${describeInstance(described)} is ${described.state} already${way}`;
    return { outcome: 'nothing', reason: 'already_in_state', message, instance };
  }
  const judgement = await judgeWithEvidence(
    { ...parts, readActs: acts.read },
    // To be told what every guard says, as a dry run is.
    { intent, instance: described, now, hasWaited: false, isThorough: true },
  );
  const { verdict, verdicts, guard } = judgement;
  const told = { message: tellOutlook(intent, described, judgement), verdicts, instance };
  const by = guard === undefined ? {} : { guard };
  const words = await Promise.all(namesOf(intent, instance.id).map(parts.readWords));
  const word = findOverruling(words.flat(), instance.id, intent);
  // What waits is found overruled later.
  if (word !== undefined && verdict.verdict !== 'refuse')
    return { outcome: 'nothing', ...overruledBy(word), verdicts, instance };
  switch (verdict.verdict) {
    case 'refuse':
      return { outcome: 'would_refuse', reason: verdict.reason, ...by, ...told };
    case 'wait':
      return { outcome: 'would_wait', reason: verdict.reason, until: verdict.until, ...by, ...told };
    case 'allow': {
      const way = await meetRivals(parts, intent, instance.id, now, true);
      if (typeof way !== 'string') return { ...way, verdicts, instance };
      for (const { key } of ledgerEntries(intent, described, parts.settings.guards)) acts.enter(key, now);
      const outcome = intent.verb === 'start' ? 'would_start' : 'would_stop';
      return { ...told, outcome, message: `${told.message}${way}` };
    }
  }
}

/**
 * What the open operations with the opposite verb would do to an operation that was opened now.
 *
 * @param wouldAsk whether EC2 would be asked: then a person's operation is in the way even before its machine is known
 * @returns why it would not go on; or else what would become of them, to be said besides
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
  const unresolved = open.filter((other) => other.instance === undefined);
  const first = wouldAsk ? unresolved.find((other) => keepsBack(other, planned)) : undefined;
  const there = open.filter((other) => other.instance?.id === instance);
  const way: Way =
    first === undefined ? findWay(planned, there, now) : { way: 'barred', rival: first.id, yields: false };
  if (way.way === 'free')
    return way.losers.map(({ id }) => `; operation ${id}, which wants the opposite, would be cancelled`).join('');
  const outcome = way.yields ? 'nothing' : 'would_wait';
  return { outcome, reason: way.yields ? 'superseded' : 'rival', message: tellBarred(way) };
}

/** Sorts after every id, as that of the next operation does. */
const NEWEST_ID = '~';

/** What the store says, read once for each key, and what the plan itself would add to it. */
function simulateActs({ readActs }: PlanParts): SimulatedActs {
  const known = new Map<string, Promise<readonly Act[]>>();
  const added = new Map<string, Act[]>();
  return {
    read: async (key) => {
      const acts = known.get(key) ?? readActs(key);
      known.set(key, acts);
      return [...(await acts), ...(added.get(key) ?? [])];
    },
    enter: (key, at) => {
      added.set(key, [...(added.get(key) ?? []), { operation: '', at }]);
    },
  };
}

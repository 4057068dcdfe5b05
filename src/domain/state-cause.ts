/** What happened to a machine between two looks: the states that it came into, since when, and whose doing it was. Pure. */
import type { CauseKind } from './cause.ts';
import type { InstanceState } from './instance.ts';
import type { Verb } from './intent.ts';
import type { Machine, Sighting, StateCause } from './machine.ts';
import { LAG_MS } from './operation.ts';

/** The machine as it was known before. */
export type KnownState = Pick<Machine, 'state' | 'launchedAt' | 'since' | 'why' | 'seenAt'>;

/** The machine as EC2 shows it. */
export type SeenState = Pick<Sighting, 'state' | 'launchedAt' | 'at' | 'beganAt' | 'detail'>;

/** An operation whose call to EC2 was sent, with the one who asked for it. */
export interface SentOperation {
  readonly id: string;
  readonly verb: Verb;
  readonly sentAt: number;
  readonly by: CauseKind;
  readonly who: string;
}

/** A state that began, and ended the one before. */
export interface Beginning {
  readonly state: InstanceState;
  readonly since: number;
  readonly why: StateCause;
}

/** How far the clocks of replicas and of EC2 may differ, in milliseconds. */
const SKEW_MS = 5_000;

/** EC2 shows the effect of a call within this time of the mark that the call is sent: the call itself, and the lag after it. */
const SHOWS_WITHIN_MS = 2 * LAG_MS;

/** The order of one launch. A machine gets back to an earlier state only by another one. */
const ORDER: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 1,
  stopping: 2,
  stopped: 3,
  'shutting-down': 4,
  terminated: 5,
  unknown: Number.NaN,
};

/**
 * Whether a sighting says less than what is known: it is not newer, or it is one of EC2's late views, which show a machine as it was
 * before its last change. A view that lasts is believed.
 */
export function isOutdated(known: KnownState, seen: SeenState): boolean {
  if (seen.at <= known.seenAt) return true;
  const isEarlier =
    seen.launchedAt < known.launchedAt ||
    (seen.launchedAt === known.launchedAt && ORDER[seen.state] < ORDER[known.state]);
  return isEarlier && seen.at - known.since < LAG_MS;
}

/**
 * The latest time that is believed of a machine. A replica whose clock runs ahead writes times that are yet to come, and every sighting
 * until then would look outdated: a stop would not show.
 */
export function latestBelieved(now: number): number {
  return now + SKEW_MS;
}

/** The end of a state that is not seen any more. It has a length, so that all intervals of a machine end at different times. */
export function endOfKnown({ since, seenAt }: Pick<KnownState, 'since' | 'seenAt'>): number {
  return Math.max(seenAt, since + 1);
}

/** @param notBefore the end of what was known of the machine earlier */
export function firstBeginning({ state, launchedAt, at, beganAt }: SeenState, notBefore = 0): Beginning {
  // EC2 moves the launch time at every start, so a machine that runs has run since then.
  const began = beganAt ?? (isUp(state) ? launchedAt : at);
  return { state, since: Math.min(at, Math.max(began, notBefore)), why: { by: 'before' } };
}

/**
 * @param known a sighting that is `isOutdated` for it has no beginnings
 * @param sent operations on the machine that were sent since the known state began
 * @returns the states that began since, oldest first; none if the machine is as it was
 */
export function beginningsOf(known: KnownState, seen: SeenState, sent: readonly SentOperation[]): readonly Beginning[] {
  const all = statesBetween(known, seen);
  // Two looks at nearly the same moment leave no time for states in between.
  const states = all.slice(-Math.max(1, seen.at - known.seenAt));
  const begun: Beginning[] = [];
  let before: Beginning = known;
  let from = known.seenAt;
  for (const [index, state] of states.entries()) {
    const left = states.length - 1 - index;
    const step: Step = { state, before, from, isLast: left === 0, known, seen, sent };
    const { why, at } = findCause(step);
    before = { state, why, since: Math.min(Math.max(at, from + 1), seen.at - left) };
    from = before.since;
    begun.push(before);
  }
  return begun;
}

/** The states that the machine came into, the one that is seen last. A state that passes between two looks is left out. */
function statesBetween(known: KnownState, seen: SeenState): readonly InstanceState[] {
  if (!wasLaunchedAgain(known, seen)) return seen.state === known.state ? [] : [seen.state];
  const down: readonly InstanceState[] = isUp(known.state) || known.state === 'stopping' ? ['stopped'] : [];
  if (isUp(seen.state)) return [...down, seen.state];
  return [...down, hasNeverRun(seen) ? 'pending' : 'running', seen.state];
}

/** EC2 may move the launch time a moment after the state. */
function wasLaunchedAgain(known: KnownState, seen: SeenState): boolean {
  const isSameLaunch = isUp(known.state) && seen.launchedAt <= known.since + LAG_MS;
  return seen.launchedAt > known.launchedAt && seen.state !== 'unknown' && !isSameLaunch;
}

/** Whether EC2 took the start back, for lack of capacity or for a volume that it could not use. */
function hasNeverRun({ state, detail }: SeenState): boolean {
  return state === 'stopped' && detail !== undefined && !STOPPED_LATER.test(detail);
}

/** EC2's codes for machines that have run (EC2 API reference, "StateReason"). */
const STOPPED_LATER = /UserInitiated|InstanceInitiated|\.Spot|ScheduledStop/i;

interface Step {
  readonly state: InstanceState;
  readonly before: Beginning;
  /** The state began later than this. */
  readonly from: number;
  readonly isLast: boolean;
  readonly known: KnownState;
  readonly seen: SeenState;
  readonly sent: readonly SentOperation[];
}

interface Found {
  readonly why: StateCause;
  /** When the state began, as far as that is known. */
  readonly at: number;
}

function findCause(step: Step): Found {
  const { state, before, from, isLast, seen } = step;
  // A machine that was launched again was down for a minute at least: more is not known.
  const latest = isLast ? seen.at : seen.launchedAt - LAG_MS;
  // A look each minute sees the end of such a state. After a gap, it ended soon after it was seen.
  const soon = Math.min(latest, from + LAG_MS);
  if (FOLLOWS[state] === before.state) return { why: before.why, at: soon };
  const outside: StateCause = {
    by: 'outside',
    ...(isLast && seen.detail !== undefined ? { detail: seen.detail } : {}),
  };
  switch (state) {
    case 'pending':
    case 'running':
      return { why: ourDoing(step, 'start') ?? outside, at: seen.launchedAt };
    case 'stopping':
    case 'stopped': {
      const ours = isDoingOfOthers(step) ? undefined : findSent(step, 'stop');
      if (ours !== undefined) return { why: causeBy(ours), at: ours.sentAt };
      return { why: outside, at: (isLast ? seen.beganAt : undefined) ?? latest };
    }
    case 'shutting-down':
    case 'terminated':
      return { why: outside, at: seen.beganAt ?? seen.at };
    case 'unknown':
      return { why: outside, at: seen.at };
  }
}

/** EC2 says that the machine went down by itself, or by AWS: our call came too late to be the reason. */
function isDoingOfOthers({ isLast, seen: { detail } }: Step): boolean {
  return isLast && detail !== undefined && OTHERS_STOPS.test(detail);
}

/** EC2's codes for machines that nobody asked EC2 to stop (EC2 API reference, "StateReason"). */
const OTHERS_STOPS = /^Server\.|InstanceInitiated|\.Spot/i;

/** The states that complete another one: they have its cause. */
const FOLLOWS: Readonly<Partial<Record<InstanceState, InstanceState>>> = {
  running: 'pending',
  stopped: 'stopping',
  terminated: 'shutting-down',
};

function ourDoing(step: Step, verb: Verb): StateCause | undefined {
  const found = findSent(step, verb);
  return found && causeBy(found);
}

function causeBy({ by, id, who }: SentOperation): StateCause {
  return { by, operation: id, who };
}

/**
 * The newest operation that was sent while the machine was in the state before, and not so long ago that a look since would have shown
 * its effect.
 */
function findSent({ before, known, isLast, seen, sent }: Step, verb: Verb): SentOperation | undefined {
  // A machine may have been seen for the first time right after a call.
  const begun = before.since - (before.why.by === 'before' ? LAG_MS : SKEW_MS);
  const since = Math.max(begun, known.seenAt - SHOWS_WITHIN_MS);
  const until = isLast ? seen.at : seen.launchedAt + SKEW_MS;
  return sent
    .filter((one) => one.verb === verb && one.sentAt >= since && one.sentAt <= until)
    .reduce<SentOperation | undefined>(
      (newest, one) => (newest === undefined || one.sentAt > newest.sentAt ? one : newest),
      undefined,
    );
}

function isUp(state: InstanceState): boolean {
  return state === 'pending' || state === 'running';
}

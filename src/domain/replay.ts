/**
 * What a policy would have done with the past use of machines.
 *
 * A machine runs from the beginning of its span. It stops once it was quiet for the policy's time and the guards allow it, and
 * starts at the moment of its next use: the time that a start takes is told apart. A use at the very moment of a stop comes first,
 * and nothing stops. Idle is all time that is known to be without use; saved is the part of it in which the machine would have stood
 * still. Time of which nothing is known is neither: such a stop ends there, and it is not known whether it would have been regretted.
 */
import { gapsOf, type Gap, type PastUse } from './past-use.ts';
import { createAsking, type ReplayGuards } from './replay-guards.ts';

const MINUTE_MS = 60_000;

/** How soon after a stop a machine is wanted back, at most, to count as a regret. */
export const REGRETS = { '15m': 15 * MINUTE_MS, '30m': 30 * MINUTE_MS, '60m': 60 * MINUTE_MS } as const;
export type RegretName = keyof typeof REGRETS;

/** When machines are stopped. */
export interface Policy {
  readonly name: string;
  /** From quiet to the stop, in milliseconds; with guards, to the moment at which they are asked. */
  readonly quietMs: number;
  readonly guards?: ReplayGuards;
}

export interface Tally {
  idleMs: number;
  savedMs: number;
  stops: number;
  /** The stops after which the machine was wanted, however late: a person waited for it. */
  wanted: number;
  /** The stops that time of which nothing is known ended. */
  unknownEnds: number;
  /** The stops after which the machine was wanted so soon. */
  readonly regrets: Record<RegretName, number>;
  /** The times a guard let no stop happen before the machine was wanted again, by its name. */
  readonly heldBack: Record<string, number>;
}

export interface MachineTally extends Readonly<Tally> {
  readonly past: PastUse;
}

export interface Replayed {
  readonly policy: Policy;
  readonly total: Readonly<Tally>;
  /** In the order of the question. */
  readonly machines: readonly MachineTally[];
}

export function replay(past: readonly PastUse[], policy: Policy): Replayed {
  const steps = replaySteps(past, policy);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** How many gaps are looked at between two pauses: a few milliseconds of work. */
const GAPS_IN_STEP = 2_000;
/** A moment at which guards are asked takes longer. */
const MOMENTS_IN_STEP = 20;

/** In steps, for programs that have other work between them. */
export function* replaySteps(past: readonly PastUse[], policy: Policy): Generator<void, Replayed> {
  const machines = past.map((one) => ({ past: one, ...noTally() }));
  const runs = policy.guards === undefined ? plainRun(machines, policy) : guardedRun(machines, policy, policy.guards);
  const inStep = policy.guards === undefined ? GAPS_IN_STEP : MOMENTS_IN_STEP;
  let count = 0;
  for (const _ of runs) {
    count += 1;
    if (count % inStep === 0) yield;
  }
  const total = noTally();
  for (const one of machines) addTally(total, one);
  return { policy, total, machines };
}

/** Without guards, machines have nothing to do with each other. */
function* plainRun(machines: readonly (Tally & { readonly past: PastUse })[], { quietMs }: Policy): Generator<void> {
  for (const tally of machines)
    for (const gap of gapsOf(tally.past)) {
      countGap(tally, gap, gap.from + quietMs);
      yield;
    }
}

/** Limits count the stops of all machines: moments are taken in the order of their times. */
function* guardedRun(
  machines: readonly (Tally & { readonly past: PastUse })[],
  { name, quietMs }: Policy,
  guards: ReplayGuards,
): Generator<void> {
  const asking = createAsking(name, guards);
  for (const tally of machines) {
    asking.enter(tally.past, quietMs, (gap, at, by) => countGap(tally, gap, at, by));
    yield;
  }
  while (asking.next()) yield;
}

/** @param stopAt a time that is not before the gap's end is no stop */
export function countGap(tally: Tally, { from, until, end }: Gap, stopAt: number, heldBy?: string): void {
  tally.idleMs += until - from;
  if (heldBy !== undefined) tally.heldBack[heldBy] = (tally.heldBack[heldBy] ?? 0) + 1;
  const away = until - stopAt;
  if (away <= 0) return;
  tally.savedMs += away;
  tally.stops += 1;
  if (end === 'unknown') tally.unknownEnds += 1;
  if (end !== 'wanted') return;
  tally.wanted += 1;
  if (away <= REGRETS['15m']) tally.regrets['15m'] += 1;
  if (away <= REGRETS['30m']) tally.regrets['30m'] += 1;
  if (away <= REGRETS['60m']) tally.regrets['60m'] += 1;
}

export function noTally(): Tally {
  return {
    idleMs: 0,
    savedMs: 0,
    stops: 0,
    wanted: 0,
    unknownEnds: 0,
    regrets: { '15m': 0, '30m': 0, '60m': 0 },
    heldBack: {},
  };
}

function addTally(sum: Tally, more: Readonly<Tally>): void {
  sum.idleMs += more.idleMs;
  sum.savedMs += more.savedMs;
  sum.stops += more.stops;
  sum.wanted += more.wanted;
  sum.unknownEnds += more.unknownEnds;
  for (const name of ['15m', '30m', '60m'] as const) sum.regrets[name] += more.regrets[name];
  for (const [guard, count] of Object.entries(more.heldBack)) sum.heldBack[guard] = (sum.heldBack[guard] ?? 0) + count;
}

/** The machines that were wanted back soonest and most often: a few of them cause most regrets. */
export function worstOf({ machines }: Replayed, count: number): readonly MachineTally[] {
  return machines
    .filter(({ regrets }) => regrets['30m'] > 0)
    .toSorted((one, other) => other.regrets['30m'] - one.regrets['30m'] || other.stops - one.stops)
    .slice(0, count);
}

/**
 * Asked when no other is named. The last minute of each is how long Prometheus and Alertmanager take to notice and to tell. A warning
 * is a part of the time only where no guard warns.
 */
export const POLICIES: readonly (Policy & { readonly isWarned?: true })[] = [
  { name: "the original's rule: 5m", quietMs: 6 * MINUTE_MS },
  { name: '15m + 5m', quietMs: 21 * MINUTE_MS },
  { name: '30m + 5m, the rule that is shipped', quietMs: 36 * MINUTE_MS },
  { name: '30m + 5m, and a warning of 15m', quietMs: 51 * MINUTE_MS, isWarned: true },
  { name: '60m + 5m', quietMs: 66 * MINUTE_MS },
  { name: '120m + 5m', quietMs: 126 * MINUTE_MS },
];

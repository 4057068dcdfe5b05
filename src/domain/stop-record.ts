/** One stop of ours, and what became of it: what savings and regret are computed from. Kept for `history.retention`. */
import type { CauseKind } from './cause.ts';
import type { Committed, Place } from './instance.ts';
import type { Machine, StateCause } from './machine.ts';
import type { Price } from './price.ts';
import type { Beginning } from './state-cause.ts';

/** Times are milliseconds since the epoch. */
export interface StopRecord extends StopCost {
  /** The operation that stopped the machine. */
  readonly operation: string;
  readonly instance: string;
  readonly place: Place;
  readonly name?: string;
  readonly owner?: string;
  readonly type?: string;
  readonly by: CauseKind;
  /** The alert's name, or the person who asked. Of a lease, its holder. */
  readonly rule: string;
  /** When EC2 showed the machine on its way to stopped: it bills no more. */
  readonly stoppedAt: number;
  /** The next start, whoever asked for it. Absent as long as the machine is not back. */
  readonly back?: { readonly at: number; readonly by: CauseKind | 'outside'; readonly who?: string };
  /** The end of the record without a start: the machine was terminated, is not watched any more, or EC2 has undone the stop. */
  readonly lostAt?: number;
  /** When somebody first asked for a start after the stop. Not later than `back`. */
  readonly wantedAt?: number;
  /** When EC2 showed the machine that came back running, where its boot was seen. Its status checks pass later. */
  readonly readyAt?: number;
  /** The first sign of use after it came back, from Prometheus. */
  readonly usedAt?: number;
}

/** What a machine costs, at the moment of its stop. */
export interface StopCost {
  /** What an hour of it cost when it was stopped; absent where no price is known. */
  readonly price?: Price;
  /** Dollars an hour that go on while it is stopped: its volumes, its Elastic IP. */
  readonly billsOn?: number;
  /** Capacity that bills on while the machine is stopped. */
  readonly committed?: Committed;
}

/** Asked once for each stop, when it begins. */
export type CostOf = (machine: Machine) => StopCost;

/**
 * Follows a machine's stops through the states that it came into. A stop begins with the first state of going down that an operation of
 * ours has caused, and ends when the machine runs again, at its launch, or with the machine.
 *
 * @param open the stop that lasted before
 * @param begun oldest first
 * @returns the stops that have begun or ended, oldest first
 */
export function followStops(
  open: StopRecord | undefined,
  machine: Machine,
  begun: readonly Beginning[],
  costOf: CostOf,
): readonly StopRecord[] {
  const changed = new Map<string, StopRecord>();
  let last = open;
  for (const { state, since, why } of begun) {
    switch (state) {
      case 'stopping':
      case 'stopped':
        last ??= beginStop(machine, since, why, costOf);
        if (last !== open && last !== undefined) changed.set(last.operation, last);
        break;
      case 'running':
        if (last !== undefined) changed.set(last.operation, { ...last, ...endOf(last, machine, since, why) });
        last = undefined;
        break;
      case 'shutting-down':
      case 'terminated':
        if (last !== undefined) changed.set(last.operation, { ...last, lostAt: since });
        last = undefined;
        break;
      // EC2 may take the start back.
      case 'pending':
      case 'unknown':
        break;
    }
  }
  return [...changed.values()];
}

/** Clocks differ by less. */
const SKEW_MS = 10 * 60_000;

/** A machine that runs by its old launch was not started: EC2 has undone the stop, and nobody wanted anything back. */
function endOf(
  { stoppedAt }: StopRecord,
  { launchedAt }: Machine,
  since: number,
  why: StateCause,
): Pick<StopRecord, 'back' | 'lostAt'> {
  if (launchedAt < stoppedAt - SKEW_MS) return { lostAt: since };
  return { back: { at: Math.min(since, Math.max(launchedAt, stoppedAt)), ...starterOf(why) } };
}

function beginStop(machine: Machine, since: number, why: StateCause, costOf: CostOf): StopRecord | undefined {
  if (why.by === 'outside' || why.by === 'before') return undefined;
  const { id, place, name, owner, type } = machine;
  return {
    operation: why.operation,
    instance: id,
    place,
    ...(name === undefined ? {} : { name }),
    ...(owner === undefined ? {} : { owner }),
    type,
    by: why.by,
    rule: why.who,
    stoppedAt: since,
    ...costOf(machine),
  };
}

function starterOf(why: StateCause): Omit<NonNullable<StopRecord['back']>, 'at'> {
  switch (why.by) {
    case 'alert':
    case 'person':
    case 'lease':
      return { by: why.by, who: why.who };
    case 'outside':
    case 'before':
      return { by: 'outside' };
  }
}

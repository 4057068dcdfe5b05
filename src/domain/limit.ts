/** Limits on the number of acts in a time, and the ledger that counts them. */
import { traitsOf } from './cause.ts';
import { formatDuration } from './duration.ts';
import type { Instance } from './instance.ts';
import type { Intent, Verb } from './intent.ts';
import { describeSelector, isSelected, selectorKey, type Selector } from './selector.ts';

export interface Limit {
  readonly count: number;
  /** Milliseconds. */
  readonly perMs: number;
}

/** On the automatic stops of all machines, or of those that the selector chooses. */
export interface FleetLimit extends Limit {
  readonly only?: Selector;
}

export interface LimitSettings {
  /** Names of guards that are turned off. */
  readonly off: ReadonlySet<string>;
  readonly fleetLimits: readonly FleetLimit[];
}

/** The ledger's key of an act, and the limit that holds there. */
export interface LedgerEntry {
  readonly key: string;
  readonly limit?: FleetLimit;
}

/** An act in the ledger. Milliseconds since the epoch. */
export interface Act {
  readonly operation: string;
  readonly at: number;
  /** EC2 was not asked yet: the place of a stop that people are warned of. */
  readonly planned?: true;
}

/** An act that seems to come later was made by a clock that was ahead: it counts as made now. */
export function timesOf(acts: readonly Act[], now: number): readonly number[] {
  return acts.map(({ at, planned }) => (planned === true ? at : Math.min(at, now)));
}

/**
 * The first moment, not before the given one, at which an act keeps the limit together with those before and after it; undefined
 * when that is the given moment.
 */
export function freeAt({ count, perMs }: Limit, times: readonly number[], from: number): number | undefined {
  if (times.length < count) return undefined;
  const acts = times.toSorted((one, other) => one - other);
  const moments = [from, ...acts.map((at) => at + perMs).filter((at) => at > from)];
  let gone = 0;
  let near = 0;
  for (const moment of moments) {
    while ((acts[gone] ?? Infinity) <= moment - perMs) gone += 1;
    while ((acts[near] ?? Infinity) < moment + perMs) near += 1;
    if (near - gone < count) return moment === from ? undefined : moment;
  }
  return undefined;
}

/** The shortest wait for a limit: each freed place would wake all operations that wait for it. */
const LEAST_WAIT_MS = 5_000;

/**
 * When to check the limit again; undefined when it has room.
 *
 * @param leadMs how long after the check the act would follow
 */
export function waitFor(limit: Limit, times: readonly number[], now: number, leadMs = 0): number | undefined {
  const free = freeAt(limit, times, now + leadMs);
  return free === undefined ? undefined : Math.max(free - leadMs, now + LEAST_WAIT_MS);
}

export function instanceKey(id: string, verb: Verb): string {
  return `${verb} ${id}`;
}

export function fleetKey(only: Selector | undefined): string {
  return only === undefined ? 'fleet' : `fleet ${selectorKey(only)}`;
}

/** `the limit of 25 automatic stops in 10m of machines with "team"="ml" is reached` */
export function tellReached({ count, perMs, only }: FleetLimit): string {
  const among = only === undefined ? '' : ` of machines with ${describeSelector(only)}`;
  return `the limit of ${count} automatic ${count === 1 ? 'stop' : 'stops'} in ${formatDuration(perMs)}${among} is reached`;
}

/** The limits on automatic stops that apply to an instance. */
export function fleetLimitsFor(
  { fleetLimits, off }: LimitSettings,
  instance: Pick<Instance, 'tags'>,
): readonly FleetLimit[] {
  if (off.has('fleet_limit')) return [];
  return fleetLimits.filter(({ only }) => only === undefined || isSelected(only, instance));
}

/** The ledger's entries for an act. People's requests and dry runs are not counted. */
export function ledgerEntries(intent: Intent, instance: Instance, settings: LimitSettings): readonly LedgerEntry[] {
  if (!traitsOf(intent.cause).isAutomatic || intent.dryRun) return [];
  const own = { key: instanceKey(instance.id, intent.verb) };
  if (intent.verb === 'start') return [own];
  return [own, ...fleetLimitsFor(settings, instance).map((limit) => ({ key: fleetKey(limit.only), limit }))];
}

/** A stop takes its places under the limits when its warning begins, for the time at which the stop follows. */
export function placesOf(intent: Intent, instance: Instance, settings: LimitSettings): readonly LedgerEntry[] {
  return ledgerEntries(intent, instance, settings).filter(({ limit }) => limit !== undefined);
}

/** At the call, the places are there already: they only move to the time of the call. */
export function withPlaces(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return entries.map(({ key }) => ({ key }));
}

/** The stop of a machine that comes by itself, and what holds it back. Pages, the API and the command line say the same. */
import type { GuardSettings } from './guard-settings.ts';
import { readHoldTag, type TagSettings } from './hold-tag.ts';
import { fleetKey, fleetLimitsFor, freeAt, timesOf, type Act } from './limit.ts';
import type { Machine, MachineRow } from './machine.ts';
import { isSelected } from './selector.ts';
import { stopsAt } from './stops-at.ts';
import { isPausing, type Pause } from './voice.ts';
import { nextFree } from './window.ts';

/** What may hold stops back, beside the holds that a row has. */
export interface Brakes {
  readonly pauses: readonly Pause[];
  readonly guards: BrakeSettings;
  /** The automatic stops of late, by the keys of the limits (`brakeKeys`). */
  readonly acts: ReadonlyMap<string, readonly Act[]>;
}

export type BrakeSettings = TagSettings & Pick<GuardSettings, 'off' | 'windows' | 'fleetLimits'>;

export const HELD_BACK_BY = ['pause', 'tag', 'windows', 'fleet_limit'] as const;

/** Without `until` it has no end. */
export type HeldBack =
  | { readonly by: 'pause'; readonly who: string; readonly until?: number }
  | { readonly by: Exclude<(typeof HELD_BACK_BY)[number], 'pause'>; readonly until?: number };

export interface ComingStop {
  /** The time that was agreed. */
  readonly at: number;
  /** The stop does not come at its time, and not before this ends. */
  readonly heldBack?: HeldBack;
}

/** A pause may end in a window that forbids stops, and so on. */
const MOST_STEPS = 20;

/** A stop that people were warned of was judged by the engine, and is judged again as soon as a pause begins. Others were not yet. */
export function comingStop(row: MachineRow, brakes: Brakes, now: number): ComingStop | undefined {
  const at = stopsAt(row);
  if (at === undefined) return undefined;
  const { machine, open } = row;
  if (open?.state === 'waiting' && open.intent.verb === 'stop' && open.reason === 'warned') return { at };
  let from = Math.max(at, now);
  let heldBack: HeldBack | undefined;
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const next = longest(machine, brakes, from, now);
    if (next === undefined) break;
    heldBack = next;
    if (next.until === undefined) break;
    from = next.until;
  }
  return heldBack === undefined ? { at } : { at, heldBack };
}

/** When the stop may come at the earliest; undefined where that has no end. */
export function earliestOf({ at, heldBack }: ComingStop): number | undefined {
  return heldBack === undefined ? at : heldBack.until;
}

/** The ledger's keys of the limits on automatic stops, and how far back they count. */
export function brakeKeys({ fleetLimits, off }: BrakeSettings): {
  readonly keys: readonly string[];
  readonly perMs: number;
} {
  const limits = off.has('fleet_limit') ? [] : fleetLimits;
  return {
    keys: [...new Set(limits.map(({ only }) => fleetKey(only)))],
    perMs: Math.max(0, ...limits.map(({ perMs }) => perMs)),
  };
}

/** Of all that holds a stop back at that moment, what ends last. */
function longest(machine: Machine, { pauses, guards, acts }: Brakes, at: number, now: number): HeldBack | undefined {
  const paused = pauses
    .filter((pause) => isPausing(pause, machine, at))
    .map(({ who, until }): HeldBack => ({ by: 'pause', who, ...(until === undefined ? {} : { until }) }));
  const tag = readHoldTag(machine.tags, guards, at);
  const tagged: readonly HeldBack[] = tag === undefined ? [] : [{ by: 'tag', ...endOfTag(tag) }];
  const limited = fleetLimitsFor(guards, machine).flatMap((limit): readonly HeldBack[] => {
    const until = freeAt(limit, timesOf(acts.get(fleetKey(limit.only)) ?? [], now), at);
    return until === undefined ? [] : [{ by: 'fleet_limit', until }];
  });
  const found = [...paused, ...tagged, ...closedAt(machine, guards, at), ...limited];
  return found.toSorted((one, other) => endOf(other) - endOf(one))[0];
}

export function endOfTag({ until }: { readonly until: number }): { readonly until?: number } {
  return Number.isFinite(until) ? { until } : {};
}

/** As the guard `windows` judges the stop. */
function closedAt(machine: Machine, { windows, off }: BrakeSettings, at: number): readonly HeldBack[] {
  if (off.has('windows')) return [];
  const about = windows.filter(
    ({ verbs, only }) => verbs.includes('stop') && (only === undefined || isSelected(only, machine)),
  );
  if (about.length === 0) return [];
  const until = nextFree(about, at);
  if (until === at) return [];
  return [{ by: 'windows', ...(until === undefined ? {} : { until }) }];
}

/** For comparing: the difference of two ends is a number. */
function endOf({ until = Number.MAX_VALUE }: HeldBack): number {
  return until;
}

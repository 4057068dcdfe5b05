/** The stop of a machine that comes by itself, and what holds it back. Pages, the API and the command line say the same. */
import { readHoldTag, type TagSettings } from './hold-tag.ts';
import type { MachineRow } from './machine.ts';
import { stopsAt } from './stops-at.ts';
import { isPausing, type Pause } from './voice.ts';

/** What may hold stops back, beside the holds that a row has. */
export interface Brakes {
  readonly pauses: readonly Pause[];
  readonly tagged: TagSettings;
}

/** Without `until` it has no end. */
export type HeldBack =
  | { readonly by: 'pause'; readonly who: string; readonly until?: number }
  | { readonly by: 'tag'; readonly until?: number };

export interface ComingStop {
  readonly at: number;
  /** The stop does not come at its time. */
  readonly heldBack?: HeldBack;
}

/** A stop that people were warned of was judged by the engine, and is judged again as soon as a pause begins. Others were not yet. */
export function comingStop(row: MachineRow, { pauses, tagged }: Brakes, now: number): ComingStop | undefined {
  const at = stopsAt(row);
  if (at === undefined) return undefined;
  const { machine, open } = row;
  if (open?.state === 'waiting' && open.intent.verb === 'stop' && open.reason === 'warned') return { at };
  const then = Math.max(at, now);
  const tag = readHoldTag(machine.tags, tagged, then);
  const found: readonly HeldBack[] = [
    ...pauses
      .filter((pause) => isPausing(pause, machine, then))
      .map(({ who, until }): HeldBack => ({ by: 'pause', who, ...(until === undefined ? {} : { until }) })),
    ...(tag === undefined
      ? []
      : [{ by: 'tag', ...(Number.isFinite(tag.until) ? { until: tag.until } : {}) } satisfies HeldBack]),
  ];
  const [heldBack] = found.toSorted((one, other) => endOf(other) - endOf(one));
  return heldBack === undefined ? { at } : { at, heldBack };
}

/** For comparing: the difference of two ends is a number. */
function endOf({ until = Number.MAX_VALUE }: HeldBack): number {
  return until;
}

/** The last 24 hours of a machine as stretches, for a strip and for its text. */
import type { Interval } from './machine.ts';
import { STATE_TONES, type StateTone } from './state-tone.ts';

export const STRIP_MS = 24 * 3_600_000;

/** From 0, 24 hours ago, to 1, now. */
export interface Stretch {
  readonly tone: StateTone;
  readonly from: number;
  readonly to: number;
}

/** @param intervals oldest first */
export function stretchesOf(intervals: readonly Interval[], now: number): readonly Stretch[] {
  const begin = now - STRIP_MS;
  const place = (at: number): number => Math.min(1, Math.max(0, (at - begin) / STRIP_MS));
  const merged: Stretch[] = [];
  for (const { state, since, until = now } of intervals) {
    const stretch = { tone: STATE_TONES[state], from: place(since), to: place(until) };
    const before = merged.at(-1);
    if (stretch.to <= stretch.from) continue;
    if (before?.tone === stretch.tone && stretch.from - before.to < 0.001)
      merged.splice(-1, 1, { ...before, to: stretch.to });
    else merged.push(stretch);
  }
  return merged;
}

const WORDS: Readonly<Record<StateTone, string>> = {
  on: 'running',
  moving: 'starting or stopping',
  off: 'stopped',
  gone: 'terminated',
  unknown: 'in an unknown state',
};

/** `running 15 h, stopped 9 h`; empty where nothing is known. */
export function tellStretches(stretches: readonly Stretch[]): string {
  const sums = new Map<StateTone, number>();
  for (const { tone, from, to } of stretches) sums.set(tone, (sums.get(tone) ?? 0) + (to - from) * STRIP_MS);
  return [...sums]
    .filter(([tone, ms]) => tone !== 'moving' || ms > 3_600_000)
    .map(([tone, ms]) => `${WORDS[tone]} ${tellHours(ms)}`)
    .join(', ');
}

function tellHours(ms: number): string {
  const hours = Math.round(ms / 3_600_000);
  return hours === 0 ? `${Math.max(1, Math.round(ms / 60_000))} min` : `${hours} h`;
}

/** The last 24 hours of a machine as stretches, for a strip and for its text. */
import type { Interval } from './machine.ts';
import { STATE_TONES, type StateTone } from './state-tone.ts';

export const STRIP_MS = 24 * 3_600_000;

/** From 0, the beginning of the strip, to 1, now. */
export interface Stretch {
  readonly tone: StateTone;
  readonly from: number;
  readonly to: number;
}

/**
 * @param intervals oldest first
 * @param spanMs of the strip
 * @param seenAt when the machine was seen last: later its state is not known
 */
export function stretchesOf(
  intervals: readonly Interval[],
  now: number,
  spanMs = STRIP_MS,
  seenAt = now,
): readonly Stretch[] {
  const begin = now - spanMs;
  const place = (at: number): number => Math.min(1, Math.max(0, (at - begin) / spanMs));
  const merged: Stretch[] = [];
  for (const { state, since, until = Math.min(now, seenAt) } of intervals) {
    const stretch = { tone: STATE_TONES[state], from: place(since), to: place(until) };
    const before = merged.at(-1);
    if (stretch.to <= stretch.from) continue;
    if (before?.tone === stretch.tone && stretch.from - before.to < 0.001)
      merged.splice(-1, 1, { ...before, to: stretch.to });
    else merged.push(stretch);
  }
  return merged;
}

/** `ran 15 h of 24 h`; empty where nothing is known. Less than half an hour is left out. */
export function tellStretches(stretches: readonly Stretch[], spanMs = STRIP_MS): string {
  const of = (tone: StateTone): number =>
    stretches.filter((one) => one.tone === tone).reduce((sum, { from, to }) => sum + (to - from) * spanMs, 0);
  const [first] = stretches;
  const last = stretches.at(-1);
  if (first === undefined || last === undefined) return '';
  const known = (last.to - first.from) * spanMs;
  const others = [
    ['starting or stopping', of('moving')],
    ['in an unknown state', of('unknown')],
  ] as const;
  return [
    `ran ${tellHours(of('on'))} of ${tellHours(known)}`,
    ...others.filter(([, ms]) => ms > HOUR_MS / 2).map(([what, ms]) => `${what} ${tellHours(ms)}`),
  ].join(', ');
}

const HOUR_MS = 3_600_000;

function tellHours(ms: number): string {
  return ms > 0 && ms < HOUR_MS ? `${Math.max(1, Math.round(ms / 60_000))} min` : `${Math.round(ms / HOUR_MS)} h`;
}

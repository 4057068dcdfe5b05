/** Times of day at which machines may be, or may not be, started and stopped. */
import type { Verb } from './intent.ts';
import { isSelected, type Selector } from './selector.ts';

export interface Window {
  readonly kind: 'allow' | 'forbid';
  readonly verbs: readonly Verb[];
  /** Minutes since midnight. The range runs into the next day when it does not end after it begins. */
  readonly from: number;
  readonly to: number;
  /** The days on which it begins: 1 is Monday, 7 Sunday. */
  readonly days: readonly number[];
  /** An IANA time zone. */
  readonly zone: string;
  /** The machines that it is about; absent: all. */
  readonly only?: Selector;
}

interface Span {
  readonly begins: number;
  readonly ends: number;
}

/** How far ahead an opening is looked for: every window comes back within a week, give or take an hour of summer time. */
const DAYS_AHEAD = 8;
const DAY_MS = 24 * 3_600_000;

/**
 * When the windows next leave a moment free: `now` when they do so already. A moment is free when no forbidding window has
 * it, and one that allows does, if there are any of that kind.
 *
 * @param windows those that are about the verb and the machine
 * @returns milliseconds since the epoch; undefined when there is no such moment in the coming week
 */
export function nextFree(windows: readonly Window[], now: number): number | undefined {
  const spans = windows.map((window) => ({ kind: window.kind, spans: spansOf(window, now) }));
  const forbidden = spans.filter(({ kind }) => kind === 'forbid').flatMap((window) => window.spans);
  const allowed = spans.filter(({ kind }) => kind === 'allow').flatMap((window) => window.spans);
  const isFree = (at: number): boolean =>
    !forbidden.some((span) => has(span, at)) &&
    (spans.every(({ kind }) => kind === 'forbid') || allowed.some((span) => has(span, at)));
  // A moment becomes free only where something forbidden ends, or something allowed begins.
  const edges = [now, ...forbidden.map(({ ends }) => ends), ...allowed.map(({ begins }) => begins)];
  return edges
    .filter((at) => at >= now && at < now + DAYS_AHEAD * DAY_MS)
    .toSorted((one, other) => one - other)
    .find(isFree);
}

/** Machines for which the windows leave no time: those with the tags of one window that is not about all machines. */
export function neverFree(
  windows: readonly Window[],
  now: number,
): readonly { readonly verb: Verb; readonly only: Selector }[] {
  return windows.flatMap(({ verbs, only }) =>
    only === undefined
      ? []
      : verbs.flatMap((verb) => {
          const about = windows.filter(
            (other) => other.verbs.includes(verb) && isSelected(other.only ?? {}, { tags: only }),
          );
          return nextFree(about, now) === undefined ? [{ verb, only }] : [];
        }),
  );
}

function has({ begins, ends }: Span, at: number): boolean {
  return begins <= at && at < ends;
}

/**
 * From yesterday on, because last night's may still be open, to past the last moment that is looked at. Days and hours are
 * the zone's. An hour that its clock shows twice is taken both times for what is forbidden, and for what is allowed only as
 * far as both agree.
 */
function spansOf({ kind, from, to, days, zone }: Window, now: number): readonly Span[] {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate();
  const dates = Array.from({ length: DAYS_AHEAD + 3 }, (_, index) => today.add({ days: index - 1 }));
  const [first, last] = kind === 'forbid' ? (['earlier', 'later'] as const) : (['later', 'earlier'] as const);
  return dates
    .filter(({ dayOfWeek }) => days.includes(dayOfWeek))
    .map((date) => ({
      begins: moment(date, from, zone, first),
      ends: moment(to > from ? date : date.add({ days: 1 }), to, zone, last),
    }));
}

function moment(
  date: Temporal.PlainDate,
  minutes: number,
  timeZone: string,
  disambiguation: 'earlier' | 'later',
): number {
  const day = minutes === 24 * 60 ? date.add({ days: 1 }) : date;
  const time = new Temporal.PlainTime(Math.floor(minutes / 60) % 24, minutes % 60);
  return day.toPlainDateTime(time).toZonedDateTime(timeZone, { disambiguation }).epochMilliseconds;
}

/** Times of day at which starts and stops are allowed or forbidden. */
import type { Verb } from './intent.ts';
import { isSelected, type Selector } from './selector.ts';

export interface Window {
  readonly kind: 'allow' | 'forbid';
  readonly verbs: readonly Verb[];
  /** Minutes since midnight. A range whose end is not after its beginning runs into the next day. */
  readonly from: number;
  readonly to: number;
  /** The days on which it begins: 1 is Monday, 7 Sunday. */
  readonly days: readonly number[];
  /** An IANA time zone. */
  readonly zone: string;
  /** Absent: all machines. */
  readonly only?: Selector;
}

interface Span {
  readonly begins: number;
  readonly ends: number;
}

/** Every window repeats within a week, plus an hour of summer time. */
const DAYS_AHEAD = 8;
const DAY_MS = 24 * 3_600_000;

/**
 * The next free moment, perhaps `now`: outside all forbidding windows, and inside an allowing one if there are any.
 *
 * @param windows those for the verb and the machine
 * @returns milliseconds since the epoch; undefined when no moment of the coming week is free
 */
export function nextFree(windows: readonly Window[], now: number): number | undefined {
  const spans = windows.map((window) => ({ kind: window.kind, spans: spansOf(window, now) }));
  const forbidden = spans.filter(({ kind }) => kind === 'forbid').flatMap((window) => window.spans);
  const allowed = spans.filter(({ kind }) => kind === 'allow').flatMap((window) => window.spans);
  const isFree = (at: number): boolean =>
    !forbidden.some((span) => has(span, at)) &&
    (spans.every(({ kind }) => kind === 'forbid') || allowed.some((span) => has(span, at)));
  if (isFree(now)) return now;
  // Free time begins only where a forbidding window ends or an allowing one begins.
  const edges = [...forbidden.map(({ ends }) => ends), ...allowed.map(({ begins }) => begins)];
  return edges
    .filter((at) => at > now && at < now + DAYS_AHEAD * DAY_MS)
    .toSorted((one, other) => one - other)
    .find(isFree);
}

/** Selectors of windows for whose machines no time is ever free. */
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
 * From yesterday, whose window may still be open, to beyond `DAYS_AHEAD`. Where the zone's clock shows an hour twice, a forbidding
 * window covers both, and an allowing one only what is certain.
 */
function spansOf(window: Window, now: number): readonly Span[] {
  const known = LATEST.get(window);
  if (known !== undefined && has(known.day, now)) return known.spans;
  const zoned = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(window.zone);
  const spans = spansFrom(window, zoned.toPlainDate());
  const begins = zoned.startOfDay().epochMilliseconds;
  LATEST.set(window, { day: { begins, ends: zoned.add({ days: 1 }).startOfDay().epochMilliseconds }, spans });
  return spans;
}

/** The spans of a day, of each window: a fleet asks thousands of times for those of one day, and to read a clock takes long. */
const LATEST = new WeakMap<Window, { readonly day: Span; readonly spans: readonly Span[] }>();

function spansFrom({ kind, from, to, days, zone }: Window, today: Temporal.PlainDate): readonly Span[] {
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

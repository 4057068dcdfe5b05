/** The days of a period, as a time zone counts them: some have 23 hours, and some 25. */

/** From the one time until the other, in milliseconds since the epoch. */
export interface Day {
  /** As `2026-11-27`. */
  readonly date: string;
  readonly since: number;
  readonly until: number;
}

/** @returns oldest first; the first one and the last one are cut at the ends of the period */
export function daysOf(since: number, until: number, zone: string): readonly Day[] {
  const days: Day[] = [];
  let day = Temporal.Instant.fromEpochMilliseconds(since).toZonedDateTimeISO(zone);
  for (let from = since; from < until;) {
    // Not always midnight: some zones skip it.
    const next = day.add({ days: 1 }).startOfDay();
    const to = Math.min(until, next.epochMilliseconds);
    days.push({ date: day.toPlainDate().toString(), since: from, until: to });
    day = next;
    from = to;
  }
  return days;
}

/** Of the day with this time, as `2026-11-27`. */
export function dateOf(at: number, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate().toString();
}

/** How many days figures are about, unless others are asked for. */
export const USUAL_DAYS = 30;

/** The last so many days: the one of `until`, as far as it has come, and those before it. */
export function lastDays(
  days: number,
  until: number,
  zone: string,
): { readonly since: number; readonly until: number } {
  const last = Temporal.Instant.fromEpochMilliseconds(until).toZonedDateTimeISO(zone);
  return { since: last.subtract({ days: days - 1 }).startOfDay().epochMilliseconds, until };
}

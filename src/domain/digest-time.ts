/** When the weekly digest is due. Pure; weeks are those of a time zone, so some have 167 hours, and some 169. */

export interface DigestTime {
  /** 1 is Monday, 7 Sunday. */
  readonly day: number;
  /** Minutes since midnight. A time that a clock skips is the one after it. */
  readonly minutes: number;
  /** An IANA time zone. */
  readonly zone: string;
}

/** Milliseconds since the epoch. The digest is due at its end, where the next week begins. */
export interface Week {
  readonly since: number;
  readonly until: number;
}

/** The last week that has ended. */
export function lastWeek(time: DigestTime, now: number): Week {
  return weekUntil(lastDate(time, now), time);
}

/** When the next digest is due. */
export function nextDigestAt(time: DigestTime, now: number): number {
  return dueOn(lastDate(time, now).add({ weeks: 1 }), time);
}

/** The last date on which it was due. A time that the clock skips may come on the day after it. */
function lastDate(time: DigestTime, now: number): Temporal.PlainDate {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(time.zone).toPlainDate();
  const date = today.subtract({ days: (today.dayOfWeek - time.day + 7) % 7 });
  return dueOn(date, time) <= now ? date : date.subtract({ weeks: 1 });
}

function weekUntil(date: Temporal.PlainDate, time: DigestTime): Week {
  return { since: dueOn(date.subtract({ weeks: 1 }), time), until: dueOn(date, time) };
}

function dueOn(date: Temporal.PlainDate, { minutes, zone }: DigestTime): number {
  const time = Temporal.PlainTime.from({ hour: Math.floor(minutes / 60), minute: minutes % 60 });
  return date.toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds;
}

/** Times as people read them in messages and on pages: at the clock of the configured zone, which is named. */
import { clampTime } from './time.ts';

/** The clock of whoever reads. */
export interface Reading {
  /** An IANA time zone, or an offset such as `+05:30`. */
  readonly zone: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A time that is so near is told with its seconds, in milliseconds. */
const NEAR_MS = 2 * 60_000;

/** `14:30 CET`; on another day `Sat 28 Nov 14:30 CET`, in another year with the year. */
export function tellTime(at: number, reading: Reading): string {
  return `${tellClock(at, reading)} ${nameZone(at, reading.zone)}`;
}

function tellClock(at: number, { zone, now }: Reading): string {
  const [then, today] = [inZone(at, zone), inZone(now, zone)];
  const isNear = at > now && at - now < NEAR_MS;
  const time = then.toPlainTime().toString({ smallestUnit: isNear ? 'second' : 'minute' });
  if (then.toPlainDate().equals(today.toPlainDate())) return time;
  const year = then.year === today.year ? '' : ` ${then.year}`;
  return `${DAYS[then.dayOfWeek - 1] ?? ''} ${then.day} ${MONTHS[then.month - 1] ?? ''}${year} ${time}`;
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Each knows the abbreviations that are common among its people, and writes an offset for all other zones. */
const LOCALES = ['en-GB', 'en-US', 'en-CA', 'en-AU', 'en-NZ', 'en-IN', 'en-ZA'];

/** The common abbreviation where there is one, as `CET`; otherwise the zone's own name, as `Asia/Tokyo`. */
function nameZone(at: number, zone: string): string {
  // Few zones need more than the first.
  const known = formatsOf(zone)
    .values()
    .map((format) => format.formatToParts(clampTime(at)).find(({ type }) => type === 'timeZoneName')?.value ?? '')
    .find((name) => /^[A-Z]{2,5}$/.test(name));
  if (known !== undefined) return known;
  if (/^[+-]/.test(zone)) return `UTC${zone}`;
  return isTwice(at, zone) ? `${zone} (UTC${inZone(at, zone).offset})` : zone;
}

/** Whether the clock shows this time a second time, because it is set back. */
function isTwice(at: number, zone: string): boolean {
  const local = inZone(at, zone).toPlainDateTime();
  const [earlier, later] = (['earlier', 'later'] as const).map((disambiguation) =>
    local.toZonedDateTime(zone, { disambiguation }),
  );
  return earlier !== undefined && later !== undefined && !earlier.equals(later);
}

/** They are costly to make, and a process has one zone, or few. */
const formats = new Map<string, readonly Intl.DateTimeFormat[]>();

function formatsOf(zone: string): readonly Intl.DateTimeFormat[] {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const made = LOCALES.map((locale) => new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short' }));
  formats.set(zone, made);
  return made;
}

function inZone(at: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(clampTime(at)).toZonedDateTimeISO(zone);
}

/** As operations write times into their messages. */
const WRITTEN = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z/g;

/** The text of an operation, with its times at the reader's clock. */
export function tellTimesIn(text: string, reading: Reading): string {
  return text.replace(WRITTEN, (written) => {
    const at = Date.parse(written);
    return Number.isNaN(at) ? written : tellTime(at, reading);
  });
}

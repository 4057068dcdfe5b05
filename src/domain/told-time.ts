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
  return `${tellClock(at, reading)} ${clockAt(at, reading.zone).name}`;
}

function tellClock(at: number, { zone, now }: Reading): string {
  const [then, today] = [onClock(at, zone), onClock(now, zone)];
  const isNear = at > now && at - now < NEAR_MS;
  const time = then.toISOString().slice(TIME, isNear ? TIME + 8 : TIME + 5);
  if (then.toISOString().slice(0, DAY) === today.toISOString().slice(0, DAY)) return time;
  const year = then.getUTCFullYear() === today.getUTCFullYear() ? '' : ` ${then.getUTCFullYear()}`;
  return `${DAYS[then.getUTCDay()] ?? ''} ${then.getUTCDate()} ${MONTHS[then.getUTCMonth()] ?? ''}${year} ${time}`;
}

/** Where the day ends, and the time begins, in RFC 3339. */
const DAY = 10;
const TIME = 11;

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
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

/** What the clock of a zone shows, as if it were UTC. */
function onClock(at: number, zone: string): Date {
  return new Date(clampTime(clampTime(at) + clockAt(at, zone).offsetMs));
}

interface Clock {
  readonly name: string;
  /** Ahead of UTC. */
  readonly offsetMs: number;
}

/** Clocks are set at full quarters of an hour alone. In milliseconds. */
const QUARTER_MS = 15 * 60_000;

/** A page of a thousand machines has as many times, within few quarters of an hour: to ask for each took a third of making the page. */
const clocks = new Map<string, Clock>();
const MOST_CLOCKS = 500;

function clockAt(at: number, zone: string): Clock {
  const key = `${Math.floor(clampTime(at) / QUARTER_MS)} ${zone}`;
  const known = clocks.get(key);
  if (known !== undefined) return known;
  const clock = { name: nameZone(at, zone), offsetMs: inZone(at, zone).offsetNanoseconds / 1_000_000 };
  if (clocks.size >= MOST_CLOCKS) clocks.clear();
  clocks.set(key, clock);
  return clock;
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

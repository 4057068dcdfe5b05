/** The tag `hold-until` of a machine: a date ends with that day, a date-time at its time. Any other text holds. */
import type { Instance } from './instance.ts';
import { ownTag } from './own-tag.ts';
import { quote } from './parsed.ts';

export interface TagSettings {
  readonly optOut: { readonly tag: string };
  readonly zone: string;
}

export interface HeldByTag {
  /** Milliseconds since the epoch; infinite for a text that is not understood. */
  readonly until: number;
  readonly told: string;
}

/** @returns undefined without the tag, and once its time is over */
export function readHoldTag(tags: Instance['tags'], { optOut, zone }: TagSettings, now: number): HeldByTag | undefined {
  const tag = `${optOut.tag}:hold-until`;
  const text = ownTag(tags, tag);
  if (text === undefined) return undefined;
  const until = parseMoment(text.trim(), zone);
  const named = `the tag ${tag}=${quote(text)}`;
  if (until === undefined) {
    const told = `${named} holds it, which is neither a date such as 2026-12-24 nor a time such as 2026-12-24T18:00`;
    return { until: Infinity, told };
  }
  if (until <= now) return undefined;
  return { until, told: `${named} holds it until ${new Date(until).toISOString()}` };
}

/** Strict, because Temporal skips what it does not use: a zone in brackets would be read as the time of another zone. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/i;

/** Without an offset, dates and times are those of the zone; a time that the clock shows twice is the later one. */
export function parseMoment(text: string, timeZone: string): number | undefined {
  const zoned = { timeZone, disambiguation: 'later' } as const;
  try {
    if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
      const nextDay = Temporal.PlainDate.from(text).add({ days: 1 });
      return nextDay.toZonedDateTime(timeZone).epochMilliseconds;
    }
    const match = DATE_TIME.exec(text);
    if (match === null) return undefined;
    if (match[1] !== undefined) return Temporal.Instant.from(text.replace(' ', 'T')).epochMilliseconds;
    return Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone, zoned).epochMilliseconds;
  } catch {
    return undefined;
  }
}

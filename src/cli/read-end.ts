/** Reads until when, as people write it at their own clock. */
import { parseDuration } from '../domain/duration.ts';
import { parseMoment } from '../domain/hold-tag.ts';
import type { Call } from './call.ts';
import { usageError } from './command-error.ts';

/**
 * The options `--for` and `--until`, as the API takes them.
 *
 * @throws CommandError unless one of them is given, and can be read
 */
export function readEnd({
  line: { values },
}: Pick<Call, 'line'>): { readonly for: string } | { readonly until: string } {
  const [span, end] = [values.get('for'), values.get('until')];
  if ((span === undefined) === (end === undefined)) throw usageError('expected either --for or --until');
  if (span !== undefined) {
    if (parseDuration(span) === undefined)
      throw usageError(`expected a duration such as 90m, 2h or 1d for --for, got "${span}"`);
    return { for: span };
  }
  const until = readMoment(end ?? '', Temporal.Now.zonedDateTimeISO());
  if (until === undefined)
    throw usageError(
      `expected a time such as 18:00, 2026-12-24 (the end of that day) or 2026-12-24T18:00 for --until, got "${end ?? ''}"`,
    );
  return { until: new Date(until).toISOString() };
}

/** A time of day is the next one. @returns milliseconds since the epoch; undefined for other text */
export function readMoment(text: string, now: Temporal.ZonedDateTime): number | undefined {
  const zone = now.timeZoneId;
  const time = text.trim();
  if (!/^\d{1,2}:\d{2}$/.test(time)) return parseMoment(time, zone);
  for (const days of [0, 1]) {
    const day = now.toPlainDate().add({ days }).toString();
    const moment = parseMoment(`${day}T${time.padStart(5, '0')}`, zone);
    if (moment === undefined || moment > now.epochMilliseconds) return moment;
  }
  return undefined;
}

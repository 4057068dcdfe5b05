/** Times as forms of browsers send them: without a zone, at the clock that the page shows. */

/** @returns undefined for other text; a time that the clock skips or shows twice is the earlier one */
export function readLocalTime(text: string, zone: string): number | undefined {
  try {
    if (/(?:Z|[+-]\d{2}:?\d{2})$/i.test(text)) return Temporal.Instant.from(text).epochMilliseconds;
    return Temporal.PlainDateTime.from(text).toZonedDateTime(zone, { disambiguation: 'earlier' }).epochMilliseconds;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

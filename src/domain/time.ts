/**
 * The times that there are, in milliseconds since the epoch: those of years with four digits. Beyond them a number is no time
 * to RFC 3339, further out none to a Date, and beyond 2^53 it cannot even be read again.
 */
const EARLIEST = Date.parse('0000-01-01T00:00:00Z');
export const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** The nearest time that there is. */
export function clampTime(ms: number): number {
  return Math.min(Math.max(Math.round(ms), EARLIEST), LATEST);
}

/** RFC 3339 has only years with four digits. In milliseconds since the epoch. */
const EARLIEST = Date.parse('0000-01-01T00:00:00Z');
export const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** The nearest time that RFC 3339 can express. */
export function clampTime(ms: number): number {
  return Math.min(Math.max(Math.round(ms), EARLIEST), LATEST);
}

/** How long ago a time was, or how far ahead it is: `3 min ago`, `in 2 h`, `just now`. It stands beside the time itself. */

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** Days are counted up to there; then the date says it better. */
const MOST_DAYS = 60;

export function tellAgo(at: number, now: number): string {
  const distance = Math.abs(now - at);
  const [unit, ms] = UNITS.find(([, each]) => distance >= each) ?? [undefined, 1];
  if (unit === undefined) return at > now ? 'in less than a minute' : 'just now';
  const count = Math.floor(distance / ms);
  if (unit === 'd' && count > MOST_DAYS) return '';
  // Two units where the second one still matters: an hour and a half is not one hour.
  const rest = Math.floor((distance - count * ms) / (unit === 'd' ? 3_600_000 : 60_000));
  const more = count >= 3 || rest === 0 || unit === 'min' ? '' : ` ${rest} ${unit === 'd' ? 'h' : 'min'}`;
  return at > now ? `in ${count} ${unit}${more}` : `${count} ${unit}${more} ago`;
}

/** Stretches of time as people say them: the largest unit alone. */

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** `3 h`, `12 min`, `45 d`; `moments` below a minute. */
export function tellSpan(ms: number): string {
  const unit = UNITS.find(([, size]) => ms >= (size === 86_400_000 ? 2 * size : size));
  return unit === undefined ? 'moments' : `${Math.floor(ms / unit[1])} ${unit[0]}`;
}

/** `3 h ago`, `just now`, `in 12 min`. */
export function tellAgo(at: number, now: number): string {
  const ms = now - at;
  if (Math.abs(ms) < 60_000) return ms < 0 ? 'in moments' : 'just now';
  return ms < 0 ? `in ${tellSpan(-ms)}` : `${tellSpan(ms)} ago`;
}

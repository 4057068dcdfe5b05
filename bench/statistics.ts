/** @param share from 0 to 1: 0.99 for the 99th percentile. NaN of nothing. */
export function percentile(values: readonly number[], share: number): number {
  const ordered = values.toSorted((one, other) => one - other);
  return ordered[Math.max(0, Math.ceil(ordered.length * share) - 1)] ?? Number.NaN;
}

/** The middle one, or the mean of the two in the middle. NaN of nothing. */
export function median(values: readonly number[]): number {
  const ordered = values.toSorted((one, other) => one - other);
  const low = ordered[Math.floor((ordered.length - 1) / 2)] ?? Number.NaN;
  const high = ordered[Math.floor(ordered.length / 2)] ?? Number.NaN;
  return (low + high) / 2;
}

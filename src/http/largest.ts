/** @returns the key with the largest sum of sizes; undefined without entries */
export function largest(entries: Iterable<readonly [key: string, size: number]>): string | undefined {
  const sums = new Map<string, number>();
  let found: string | undefined;
  let most = 0;
  for (const [key, size] of entries) {
    const sum = (sums.get(key) ?? 0) + size;
    sums.set(key, sum);
    if (sum <= most) continue;
    found = key;
    most = sum;
  }
  return found;
}

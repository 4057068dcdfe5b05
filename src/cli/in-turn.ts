/** Many things to do, a few at a time. */

/** Does the work for each, at most `concurrency` at once; the results are in the order of the items. */
export async function inTurn<T, R>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Map<number, R>();
  const rest = items.entries();
  const workers = Array.from({ length: Math.min(concurrency, items.length) }, async () => {
    for (const [index, item] of rest) results.set(index, await work(item));
  });
  await Promise.all(workers);
  return [...results].sort(([one], [other]) => one - other).map(([, result]) => result);
}

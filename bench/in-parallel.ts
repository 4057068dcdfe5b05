/** Does the work for every item, at most `concurrency` at once; each next one begins when one before has ended. */
export async function inParallel<I>(
  items: readonly I[],
  concurrency: number,
  work: (item: I) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
}

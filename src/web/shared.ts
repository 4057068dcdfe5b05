/**
 * What many open pages ask for after a hint is found and made once. What was made after a hint shows what the hint is about, so it is
 * right until the next one; what has no hint, such as a time that goes on, is a second late at most.
 */
export type Share<T> = (key: string, make: () => Promise<T>) => Promise<T>;

const FRESH_MS = 1_000;
/** More than there are filters of people who look at the same time. */
const MOST_KEPT = 30;

/**
 * @param latest names the last hint
 * @param now a clock that only moves forward, in milliseconds
 */
export function createShare<T>(latest: () => string, now: () => number = () => performance.now()): Share<T> {
  const kept = new Map<string, Promise<T>>();
  let of = '';
  let since = -Infinity;
  return async (key, make) => {
    if (latest() !== of || now() - since >= FRESH_MS) {
      kept.clear();
      of = latest();
      since = now();
    }
    const known = kept.get(key);
    if (known !== undefined) return known;
    const made = make();
    if (kept.size < MOST_KEPT) kept.set(key, made);
    try {
      return await made;
    } catch (error) {
      if (kept.get(key) === made) kept.delete(key);
      throw error;
    }
  };
}

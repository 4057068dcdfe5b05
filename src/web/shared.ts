/**
 * What many open pages ask for after a hint is found and made once. What was made after a hint shows what the hint is about, so it is
 * right until the next one; what has no hint, such as a time that goes on, is a second late at most.
 */
export type Share<T> = (key: string, make: () => Promise<T>) => Promise<T>;

/**
 * As `Share`, for many keys at once: those that are not known are made together. Pages that read at different moments ask for different
 * rows, and others have asked for most of them already.
 */
export type ShareOfMany<T> = (
  keys: readonly string[],
  /** A key that leads to nothing has no entry. */
  make: (unknown: readonly string[]) => Promise<ReadonlyMap<string, T>>,
) => Promise<ReadonlyMap<string, T>>;

const FRESH_MS = 1_000;
/** More than there are filters of people who look at the same time. */
const MOST_KEPT = 30;
/** More than there are rows that change in a second. */
const MOST_KEPT_OF_MANY = 2_000;

/**
 * @param latest names the last hint
 * @param now a clock that only moves forward, in milliseconds
 */
export function createShare<T>(latest: () => string, now?: () => number): Share<T> {
  const fresh = createFresh<T>(MOST_KEPT, latest, now);
  return async (key, make) => {
    const { get, keep } = fresh();
    return get(key) ?? keep(key, make());
  };
}

/** The parameters are as above. */
export function createShareOfMany<T>(latest: () => string, now?: () => number): ShareOfMany<T> {
  const fresh = createFresh<T | undefined>(MOST_KEPT_OF_MANY, latest, now);
  return async (keys, make) => {
    const { get, keep } = fresh();
    const unknown = keys.filter((key) => get(key) === undefined);
    const made = unknown.length === 0 ? undefined : make(unknown);
    const all = keys.map(async (key) => [key, await (get(key) ?? keep(key, entryOf(key, made)))] as const);
    const found = await Promise.all(all);
    return new Map(found.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
  };
}

async function entryOf<T>(key: string, made: Promise<ReadonlyMap<string, T>> | undefined): Promise<T | undefined> {
  return (await made)?.get(key);
}

interface Kept<T> {
  readonly get: (key: string) => Promise<T> | undefined;
  /** Failures are not kept. */
  readonly keep: (key: string, made: Promise<T>) => Promise<T>;
}

function createFresh<T>(most: number, latest: () => string, now = (): number => performance.now()): () => Kept<T> {
  const kept = new Map<string, Promise<T>>();
  let of = '';
  let since = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  const forget = (): void => {
    clearTimeout(timer);
    timer = undefined;
    kept.clear();
  };
  const keep = async (key: string, made: Promise<T>): Promise<T> => {
    if (kept.size < most) kept.set(key, made);
    // Rows of a thousand machines take megabytes.
    timer ??= setTimeout(forget, FRESH_MS).unref();
    try {
      return await made;
    } catch (error) {
      if (kept.get(key) === made) kept.delete(key);
      throw error;
    }
  };
  return () => {
    if (latest() !== of || now() - since >= FRESH_MS) {
      forget();
      of = latest();
      since = now();
    }
    return { get: (key) => kept.get(key), keep };
  };
}

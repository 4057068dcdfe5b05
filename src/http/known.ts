/** Facts of the store for answers that are about something else: they show them, and do not fail or wait for them. */
export interface Known<Value> {
  /** Never rejects, and soon resolves: while the store cannot be read or is silent, with what was known last. */
  readonly read: () => Promise<Value>;
  /** The next answer reads anew. */
  readonly forget: () => void;
}

/** How soon other replicas show a change, in milliseconds. */
const FRESH_MS = 2_000;

/** How long an answer waits for a store that is silent, in milliseconds: probes do not wait for long. */
const PATIENCE_MS = 250;

/**
 * @param none as long as nothing was read
 * @param now a clock that only moves forward, in milliseconds
 */
export function createKnown<Value>(
  readStore: () => Promise<Value>,
  none: Value,
  now: () => number = () => performance.now(),
): Known<Value> {
  // Holds the promise, so that concurrent requests share one read.
  let reading: Reading<Value> | undefined;
  let last = none;
  const readAgain = async (): Promise<Value> => {
    try {
      last = await readStore();
    } catch {
      // The request itself finds out that the store is away.
    }
    return last;
  };
  const begin = (): Reading<Value> => {
    const begun: Reading<Value> = { at: now(), value: readAgain(), isOver: false };
    void begun.value.then(() => (begun.isOver = true));
    return begun;
  };
  return {
    read: async () => {
      if (reading === undefined || now() - reading.at >= FRESH_MS) reading = begin();
      return reading.isOver ? reading.value : within(reading.value, () => last);
    },
    forget: () => {
      reading = undefined;
    },
  };
}

interface Reading<Value> {
  readonly at: number;
  readonly value: Promise<Value>;
  isOver: boolean;
}

/** The value if it comes soon, otherwise the other one. */
async function within<T>(value: Promise<T>, otherwise: () => T): Promise<T> {
  const { promise: late, resolve } = Promise.withResolvers<T>();
  const timer = setTimeout(() => {
    resolve(otherwise());
  }, PATIENCE_MS);
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}

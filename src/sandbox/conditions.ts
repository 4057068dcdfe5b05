/** Waits for conditions, which are checked again after every event in the sandbox. */

export interface UntilOptions {
  /** In real time, independent of the sandbox's clock; 10 s by default. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface Conditions {
  /** Resolves once the condition holds; rejects at the timeout, on abort and when the sandbox closes. */
  readonly until: (condition: () => boolean, options?: UntilOptions) => Promise<void>;
  /** Checks every condition again. */
  readonly check: () => void;
  /** Rejects all waiting conditions. */
  readonly close: () => void;
}

export function createConditions(): Conditions {
  const waiting = new Set<{ readonly check: () => void; readonly fail: (reason: Error) => void }>();
  const until = async (condition: () => boolean, options: UntilOptions = {}): Promise<void> => {
    const { timeoutMs = 10_000, signal } = options;
    signal?.throwIfAborted();
    if (condition()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = (): void => {
      try {
        if (condition()) resolve();
      } catch (error) {
        reject(error instanceof Error ? error : new Error('The condition of until() threw', { cause: error }));
      }
    };
    const entry = { check, fail: reject };
    const late = (): void =>
      reject(new Error(`The sandbox waited ${timeoutMs} ms for this in vain: ${String(condition)}`));
    const aborted = (): void => reject(new Error('Waiting for the sandbox was aborted', { cause: signal?.reason }));
    const timer = setTimeout(late, timeoutMs);
    signal?.addEventListener('abort', aborted, { once: true });
    waiting.add(entry);
    try {
      await promise;
    } finally {
      waiting.delete(entry);
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    }
  };
  return {
    until,
    check: () => waiting.forEach(({ check }) => check()),
    close: () => waiting.forEach(({ fail }) => fail(new Error('The sandbox was closed'))),
  };
}

/** How long `until` waits. */
export type UntilOptions = Readonly<{
  /** Real time, whatever the sandbox's clock says. Default 10 s. */
  timeoutMs?: number;
  signal?: AbortSignal;
}>;

/** Waits for conditions that are looked at again whenever something has happened. */
export type Watch = Readonly<{
  /** Resolves once the condition holds; rejects at the timeout, on abort and when the sandbox closes. */
  until: (condition: () => boolean, options?: UntilOptions) => Promise<void>;
  /** Something has happened: looks at every condition again. */
  check: () => void;
  /** Rejects all that still wait. */
  close: () => void;
}>;

type Waiter = Readonly<{ look: () => void; fail: (reason: Error) => void }>;

/** Makes a Watch with nobody waiting. */
export function createWatch(): Watch {
  const waiters = new Set<Waiter>();
  const until = async (condition: () => boolean, options: UntilOptions = {}): Promise<void> => {
    const { timeoutMs = 10_000, signal } = options;
    signal?.throwIfAborted();
    if (condition()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      try {
        if (condition()) resolve();
      } catch (error) {
        reject(error instanceof Error ? error : new Error('The condition of until() threw', { cause: error }));
      }
    };
    const waiter: Waiter = { look, fail: reject };
    const late = (): void =>
      reject(new Error(`The sandbox waited ${timeoutMs} ms for this in vain: ${String(condition)}`));
    const aborted = (): void => reject(new Error('Waiting for the sandbox was aborted', { cause: signal?.reason }));
    const timer = setTimeout(late, timeoutMs);
    signal?.addEventListener('abort', aborted, { once: true });
    waiters.add(waiter);
    try {
      await promise;
    } finally {
      waiters.delete(waiter);
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    }
  };
  return {
    until,
    check: () => waiters.forEach(({ look }) => look()),
    close: () => waiters.forEach(({ fail }) => fail(new Error('The sandbox was closed'))),
  };
}

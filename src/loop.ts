/** Work that goes on until the server ends. */

/** Disposing it ends the loop and waits for it. */
export function startLoop(run: (signal: AbortSignal) => Promise<void>): AsyncDisposable {
  const ending = new AbortController();
  const ended = run(ending.signal);
  return {
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await ended;
    },
  };
}

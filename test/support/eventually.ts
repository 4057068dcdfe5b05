/** Waits for things that announce themselves to nobody, such as the state of another program's API. */
import { setTimeout as pause } from 'node:timers/promises';

export interface EventuallyOptions {
  /** Default 90 s: a guard against a hang, also on a machine that does many things at once. */
  readonly timeoutMs?: number;
  /** What could explain a failure, such as the last lines of the programs that are involved. */
  readonly explain?: () => string;
}

const LOOK_EVERY_MS = 100;

/**
 * Resolves with the first answer of `look` that is not undefined. An error of `look` counts as "not yet".
 *
 * @throws Error when there was none in time; its cause is the last error
 */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  options: EventuallyOptions = {},
): Promise<T> {
  const { timeoutMs = 90_000, explain = () => '' } = options;
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  while (performance.now() < deadline) {
    try {
      cause = undefined;
      const found = await look();
      if (found !== undefined) return found;
    } catch (error) {
      cause = error;
    }
    await pause(LOOK_EVERY_MS);
  }
  throw new Error(`waited ${timeoutMs} ms in vain for this: ${what}\n${explain()}`, { cause });
}

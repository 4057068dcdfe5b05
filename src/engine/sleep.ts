import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after so many milliseconds, or at once when the signal is aborted. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

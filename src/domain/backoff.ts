/** When to try again. Randomness is passed in. */

const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 60_000;

/**
 * Exponential backoff with full jitter, on top of the error's floor: operations that failed together must not come back together.
 *
 * @param attempt how many tries have failed so far, from 1
 * @param random a number from 0 up to 1
 * @returns milliseconds
 */
export function retryDelayMs(attempt: number, floorMs: number, random: number): number {
  const ceiling = Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** Math.min(attempt, 16));
  return floorMs + Math.round(random * ceiling);
}

const VERIFY_FIRST_MS = 1_000;
const VERIFY_CAP_MS = 15_000;

/** How long until an instance in transition is described again: soon at first, then up to the interval of AWS's own waiters. */
export function verifyDelayMs(sinceAcceptedMs: number): number {
  return Math.min(VERIFY_CAP_MS, Math.max(VERIFY_FIRST_MS, Math.round(sinceAcceptedMs / 3)));
}

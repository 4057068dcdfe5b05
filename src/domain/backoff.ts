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

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** How long after each failure a notice is sent again; the last one repeats. */
const NOTICE_STEPS_MS = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  60 * MINUTE_MS,
] as const;

/** A notice that people have to act on soon is never put off by more than this. */
const URGENT_CAP_MS = MINUTE_MS;

/**
 * When a notice is sent again, a fifth earlier or later by chance: those that failed together do not come back together.
 *
 * @param attempt how many tries have failed so far, from 1
 * @param isUrgent it is of use for minutes only
 * @param random a number from 0 up to 1
 * @returns milliseconds
 */
export function noticeDelayMs(attempt: number, isUrgent: boolean, random: number): number {
  const step = NOTICE_STEPS_MS[Math.max(1, attempt) - 1] ?? 60 * MINUTE_MS;
  const delayMs = Math.round(step * (0.8 + 0.4 * random));
  return isUrgent ? Math.min(URGENT_CAP_MS, delayMs) : delayMs;
}

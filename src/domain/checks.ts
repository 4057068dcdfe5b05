/** What EC2's status checks say of a machine that runs. */

/**
 * - `ok`: AWS reaches the machine's host and the machine itself, so people most likely do, too
 * - `initializing`: the checks of a machine that was started take a few minutes
 * - `impaired`: a check has failed
 * - `unknown`: EC2 says nothing, or the machine does not run
 */
export const CHECKS = ['ok', 'initializing', 'impaired', 'unknown'] as const;
export type Checks = (typeof CHECKS)[number];

/** EC2's words for the single checks. A word that this version does not know says nothing. */
export function sumOfChecks(words: readonly string[]): Checks {
  if (words.includes('impaired')) return 'impaired';
  if (words.includes('initializing')) return 'initializing';
  return words.length > 0 && words.every((word) => word === 'ok' || word === 'not-applicable') ? 'ok' : 'unknown';
}

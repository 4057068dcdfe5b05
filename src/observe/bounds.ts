/** Limits on label values from outside: Prometheus keeps every value that it has ever seen. */

/** The most error codes of EC2 that are shown. */
export const EC2_CODES = 100;
/** The most accounts and regions that are shown. */
export const QUOTA_PLACES = 50;
/** The most machines whose state is shown. */
export const SEEN_INSTANCES = 200;

/**
 * Accepts the first `max` different values.
 *
 * @param onDropped called for each value that is not accepted
 * @returns whether the value is accepted
 */
export function firstOnes(max: number, onDropped: () => void): (value: string) => boolean {
  const known = new Set<string>();
  return (value) => {
    if (known.size < max) known.add(value);
    if (known.has(value)) return true;
    onDropped();
    return false;
  };
}

/** What keeps the number of series small, whatever comes from outside: Prometheus pays for every label value there ever was. */

/** How many error codes of EC2 are told apart. */
export const EC2_CODES = 100;
/** How many accounts and regions have their rate limits shown. */
export const QUOTA_PLACES = 50;
/** How many machines have their state shown. */
export const SEEN_INSTANCES = 200;

/**
 * Lets the first `max` different values through.
 *
 * @param onDropped told of each value that is not let through
 * @returns whether the value is one of them
 */
export function firstOnes(max: number, onDropped: () => void): (value: string) => boolean {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return true;
    if (known.size < max) {
      known.add(value);
      return true;
    }
    onDropped();
    return false;
  };
}

/** How many rows or values go into one statement: well under SQLite's and PostgreSQL's limits on parameters. */
export const CHUNK = 512;

/**
 * Cuts into powers of two, none above `size`. Every length is a statement of its own, which SQLite keeps prepared with the
 * values that it was last given: of ten lengths that is little, of five hundred it is hundreds of megabytes.
 */
export function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  let start = 0;
  for (let length = size; length >= 1; length /= 2) {
    for (; items.length - start >= length; start += length) yield items.slice(start, start + length);
  }
}

/** How many rows or values go into one statement: well under SQLite's and PostgreSQL's limits on parameters. */
const CHUNK = 512;

/**
 * Cuts a list into powers of two, none above `size`. Each length is a statement of its own, which SQLite keeps prepared with the
 * values of its last run: ten lengths take little memory, five hundred take hundreds of megabytes.
 */
export function* chunks<T>(items: readonly T[], size = CHUNK): Generator<T[]> {
  let start = 0;
  for (let length = size; length >= 1; length /= 2) {
    for (; items.length - start >= length; start += length) yield items.slice(start, start + length);
  }
}

/**
 * Reads the rows of many keys, chunk by chunk. A key that is given twice is asked for once.
 *
 * @param read looks for rows that have one of these keys. They are filled up to a power of two, by a key that is among them: a hundred
 *   keys are one round trip, not three
 */
export async function readChunks<Row>(
  keys: Iterable<string>,
  read: (some: readonly string[]) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const wanted = [...new Set(keys)];
  for (let start = 0; start < wanted.length; start += CHUNK) {
    // Not `push(...)`: a month of acts is more than a call takes as arguments.
    for (const row of await read(fillUp(wanted.slice(start, start + CHUNK)))) rows.push(row);
  }
  return rows;
}

function fillUp(keys: readonly string[]): readonly string[] {
  const length = 2 ** Math.ceil(Math.log2(keys.length));
  return Array.from({ length }, (_, index) => keys[Math.min(index, keys.length - 1)] ?? '');
}

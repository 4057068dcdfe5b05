/** How many rows or values go into one statement: well under SQLite's and PostgreSQL's limits on parameters. */
const CHUNK = 512;
/** How many keys are asked for in one statement: the longest list of machines is one. */
const KEYS = 1_024;

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
  for (const some of filledChunks(keys)) {
    // Not `push(...)`: a month of acts is more than a call takes as arguments.
    for (const row of await read(some)) rows.push(row);
  }
  return rows;
}

/** The keys, each once, in lists that are filled up to a power of two by a key that is among them. */
export function* filledChunks<Key extends string | number>(keys: Iterable<Key>): Generator<readonly Key[]> {
  const wanted = [...new Set(keys)];
  for (let start = 0; start < wanted.length; start += KEYS) {
    const some = wanted.slice(start, start + KEYS);
    const missing = 2 ** Math.ceil(Math.log2(some.length)) - some.length;
    yield [...some, ...some.slice(-1).flatMap((last) => Array.from({ length: missing }, () => last))];
  }
}

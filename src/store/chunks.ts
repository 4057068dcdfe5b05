/** How many rows or values go into one statement: well under SQLite's and PostgreSQL's limits on parameters. */
export const CHUNK = 500;

export function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/** Columns that hold JSON. */
import type * as z from 'zod';

/** @returns undefined when there is no text, or it does not match the schema */
export function readJson<T>(schema: z.ZodType<T>, text: string | null): T | undefined {
  // An error costs as much as reading twenty texts, and most rows have null somewhere.
  if (text === null) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Two of the longest lists of machines. */
const MOST_TEXTS = 2_000;

/** As `readJson`, for a column whose texts come again, in other rows or in the same ones later: each is read once. Nothing may change what it gives. */
export function createReader<T>(schema: z.ZodType<T>): (text: string | null) => T | undefined {
  const known = new Map<string, T | undefined>();
  return (text) => {
    if (text === null) return undefined;
    if (!known.has(text)) {
      if (known.size >= MOST_TEXTS) known.clear();
      known.set(text, readJson(schema, text));
    }
    return known.get(text);
  };
}

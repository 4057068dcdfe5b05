import type * as z from 'zod';
import type { PostAnswer } from './post.ts';

/** An answer's JSON; undefined if it has another form. */
export function readJson<T>({ text }: PostAnswer, form: z.ZodType<T>): T | undefined {
  try {
    return form.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

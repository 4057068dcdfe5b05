import * as z from 'zod';

/** The JSON of a vendor's answer; undefined if it has another form. */
export function readJson<T>({ text }: { readonly text: string }, form: z.ZodType<T>): T | undefined {
  try {
    return form.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const refusal = z.union([
  z.object({ message: z.string() }).transform(({ message }) => message),
  z.object({ description: z.string() }).transform(({ description }) => description),
  z.object({ error: z.string() }).transform(({ error }) => error),
  z.object({ error: z.object({ message: z.string() }) }).transform(({ error }) => error.message),
]);

/** The vendor's words on why it refuses, in the forms that vendors use; otherwise the whole answer. */
export function wordsOf(answer: { readonly text: string }): string {
  return readJson(answer, refusal) ?? answer.text;
}

/** The forms that several settings share. */
import * as z from 'zod';
import { LONGEST_MS, parseDuration } from '../domain/duration.ts';
import { quote } from '../domain/parsed.ts';
import { REGION } from '../domain/target.ts';

declare module 'zod' {
  interface GlobalMeta {
    /** The environment variable that sets it; it beats the file. */
    env?: string;
    /** How the default reads, where it is not plain JSON. */
    shownDefault?: string;
  }
}

/** In milliseconds. Where nothing would ever be done within less, or a timer cannot wait for more, a setting says so. */
export function durationOf(least: string, most: string): z.ZodType<number, string> {
  const [leastMs, mostMs] = [msOf(least), msOf(most)];
  return z.string('expected a duration with a unit such as 30s, 10m or 6h').transform((text, context): number => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms >= leastMs && ms <= mostMs) return ms;
    context.addIssue(
      ms === undefined
        ? `expected a duration with a unit such as 30s, 10m or 6h, got ${quote(text)}`
        : `expected a duration from ${least} to ${most}, got ${quote(text)}`,
    );
    return z.NEVER;
  });
}

function msOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new TypeError(`expected a duration, got ${text}`);
  return ms;
}

const LONGEST = `${LONGEST_MS / 86_400_000}d`;
export const duration = durationOf('0s', LONGEST);
/** Within no time nothing can be done, and nothing counted. */
export const someTime = durationOf('1s', LONGEST);

/** An entry that is listed twice was probably meant to be another one. */
export function distinct<T>(
  keyOf: (entry: T) => string,
): (entries: readonly T[], context: z.core.$RefinementCtx) => void {
  return (entries, context) => {
    const seen = new Set<string>();
    for (const [index, entry] of entries.entries()) {
      const key = keyOf(entry);
      if (seen.has(key)) {
        const message = `expected each of them once, got ${quote(key)} again`;
        context.addIssue({ code: 'custom', path: [index], message, input: undefined });
      }
      seen.add(key);
    }
  };
}

/** The system takes no other. */
export const filePath = z
  .string('expected a path')
  .min(1, 'expected a path')
  .refine((text) => !text.includes('\0'), 'expected a path');

export const region = z.string().regex(REGION, 'expected an AWS region such as eu-central-1');

/** Without credentials: those would show up wherever the URL is named. */
export const httpUrl = z.string().transform((text, context): string => {
  const url = URL.parse(text);
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (isPlain && url.search === '' && url.hash === '') return url.href.replace(/(?<!\/)\/+$/, '');
  context.addIssue('expected an http or https URL without credentials, query and fragment');
  return z.NEVER;
});

/** Where a program answers: the paths of its API are put behind it. */
export const apiUrl = httpUrl.refine(
  (url) => !/\/api\/v\d+(?:\/|$)/.test(url),
  'expected the URL without /api/v1 or /api/v2 and what follows, which are put behind it',
);

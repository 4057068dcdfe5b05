/** The forms that several settings share. */
import * as z from 'zod';
import { LONGEST_MS, parseDuration } from '../domain/duration.ts';
import { quote } from '../domain/parsed.ts';
import { REGION } from '../domain/target.ts';
import { isZone } from '../domain/zone.ts';

declare module 'zod' {
  interface GlobalMeta {
    /** The environment variable that sets it; it beats the file. */
    env?: string;
    /** How the reference page shows a default that is neither JSON nor text. */
    shownDefault?: string;
  }
}

/** A duration in milliseconds, within the bounds in which the setting works. */
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
/** For settings that make no sense with 0. */
export const someTime = durationOf('1s', LONGEST);

/** A repeated entry is probably a mistyped one. */
export function distinct<T>(
  keyOf: (entry: T) => string,
): (entries: readonly T[], context: z.core.$RefinementCtx) => void {
  return (entries, context) => {
    const seen = new Set<string>();
    for (const [index, entry] of entries.entries()) {
      const key = keyOf(entry);
      if (seen.has(key)) complain(context, [index], `expected each entry once, got ${quote(key)} again`);
      seen.add(key);
    }
  };
}

export const filePath = z
  .string('expected a path')
  .min(1, 'expected a path')
  .refine((text) => !text.includes('\0'), 'expected a path');

export const zone = z.string().refine(isZone, 'expected an IANA time zone such as Europe/Berlin or UTC');

export const region = z.string().regex(REGION, 'expected an AWS region such as eu-central-1');

/** The ARN of an IAM role, with its path. */
export const roleArn = z
  .string()
  .regex(/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, 'expected the ARN of an IAM role');

/** Without credentials: logs and messages name the URL. */
export const exactUrl = z.string().transform((text, context): string => {
  const url = URL.parse(text);
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (isPlain && url.search === '' && url.hash === '') return url.href;
  context.addIssue('expected an http or https URL without credentials, query and fragment');
  return z.NEVER;
});

/** To which paths are appended. */
export const httpUrl = exactUrl.transform((url) => url.replace(/(?<!\/)\/+$/, ''));

/** The base URL of a program's API. */
export const apiUrl = httpUrl.refine(
  (url) => !/\/api\/v\d+(?:\/|$)/.test(url),
  'expected the base URL without /api/v1 or /api/v2: these paths are appended to it',
);

/** Reports a contradiction at a path below the value that is refined. */
export function complain(context: z.core.$RefinementCtx, path: PropertyKey[], message: string): void {
  context.addIssue({ code: 'custom', path, message });
}

export const tagKey = z.string('expected the key of a tag, such as owner').min(1).max(128);

/** Tags with their values. */
export const tags = z.preprocess(refuseProto, z.record(tagKey, z.string().max(256)));

/** A machine of EC2 has no more. */
const MOST_TAGS = 50;

/** The tags that select machines. */
export const selector = tags
  .refine((given) => Object.keys(given).length > 0, 'expected at least one tag, such as { team: ml }')
  .refine(
    (given) => Object.keys(given).length <= MOST_TAGS,
    `expected at most ${MOST_TAGS} tags: no machine of EC2 has more`,
  );

/** Zod leaves this key out of a record in silence, and one tag less selects more machines. */
function refuseProto(given: unknown, context: z.core.$RefinementCtx): unknown {
  if (typeof given === 'object' && given !== null && Object.hasOwn(given, '__proto__'))
    context.addIssue('expected no tag with the key __proto__: machines cannot be selected by it');
  return given;
}

/** Settings under one name. */
export function group<S extends z.ZodRawShape>(description: string, shape: S): z.ZodObject<S, z.core.$strict> {
  return z.strictObject(shape).describe(description);
}

/** A setting that is off by default. */
export function flag(description: string): z.ZodDefault<z.ZodBoolean> {
  return z.boolean().default(false).describe(description);
}

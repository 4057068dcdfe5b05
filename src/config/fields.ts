/** The forms that several settings share. */
import * as z from 'zod';
import { parseDuration } from '../domain/duration.ts';
import { REGION } from '../domain/target.ts';

declare module 'zod' {
  interface GlobalMeta {
    /** The environment variable that sets it; it beats the file. */
    env?: string;
    /** How the default reads, where it is not plain JSON. */
    shownDefault?: string;
  }
}

/** In milliseconds. */
export const duration = z
  .string('expected a duration with a unit such as 30s, 10m or 6h')
  .transform((text, context): number => {
    const ms = parseDuration(text);
    if (ms !== undefined) return ms;
    context.addIssue(`expected a duration with a unit such as 30s, 10m or 6h, got ${JSON.stringify(text)}`);
    return z.NEVER;
  });

export const region = z.string().regex(REGION, 'expected an AWS region such as eu-central-1');

/** Without credentials: those would show up wherever the URL is named. */
export const httpUrl = z.string().transform((text, context): string => {
  const url = URL.parse(text);
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (isPlain && url.search === '' && url.hash === '') return url.href.replace(/(?<!\/)\/+$/, '');
  context.addIssue('expected an http or https URL without credentials, query and fragment');
  return z.NEVER;
});

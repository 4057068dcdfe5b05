/** Reads a body of ours by its schema, with errors for people. */
import type * as z from 'zod';
import { parsed, quote, unparsed, type Parsed } from '../domain/parsed.ts';
import { ProblemError } from './problem.ts';
import type { Body } from './route.ts';
import { tellIssue } from './tell-issue.ts';

/** A body that its schema alone describes. */
export function bodyOf<S extends z.ZodType>(schema: S): Body<z.output<S>> {
  return {
    schema,
    parse: (body) => {
      const given = parseBody(schema, body);
      if (given.ok) return given.value;
      throw new ProblemError(400, given.message);
    },
  };
}

export function parseBody<S extends z.ZodType>(schema: S, body: unknown): Parsed<z.output<S>> {
  const given = schema.safeParse(body, { error: tellIssue });
  if (given.success) return parsed(given.data);
  const [issue] = given.error.issues;
  return unparsed(issue === undefined ? 'not understood' : describeIssue(issue));
}

/** Keys come from the sender, so they are quoted like all foreign text. */
function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join('.');
  const where = /^[\w.@-]{1,80}$/.test(path) ? path : quote(path);
  const what =
    issue.code === 'unrecognized_keys' ? `expected nothing named ${quote(issue.keys.join())}` : issue.message;
  return `${path === '' ? 'the body' : where}: ${what}`;
}

/** Parses the parameters of the query and of the path. */
import type * as z from 'zod';
import { quote } from '../domain/parsed.ts';
import { ProblemError } from './problem.ts';
import { tellIssue } from './tell-issue.ts';

/** @throws ProblemError with 400 that names every wrong parameter */
export function parseQuery<S extends z.ZodType>(schema: S, parameters: URLSearchParams): z.output<S> {
  requireOnce(parameters);
  // An empty parameter counts as missing.
  const given = Object.fromEntries([...parameters].filter(([, value]) => value !== ''));
  const result = schema.safeParse(given, { error: tellIssue });
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ code, path, message }) => {
    const name = String(path[0] ?? '');
    const value = given[name];
    if (value !== undefined) return `${name}: ${message}, got ${quote(value)}`;
    return code === 'custom' || name === '' ? message : `${name}: ${message}`;
  });
  throw new ProblemError(400, problems.join('; '));
}

/** @throws ProblemError with 404: nothing has an invalid path */
export function parseParams<S extends z.ZodType>(schema: S, params: Readonly<Record<string, string>>): z.output<S> {
  const result = schema.safeParse(params, { error: tellIssue });
  if (result.success) return result.data;
  throw new ProblemError(404, result.error.issues.map(({ message }) => message).join('; '));
}

/** With `dryrun=true&dryrun=false`, one value would silently win. */
function requireOnce(parameters: URLSearchParams): void {
  const repeated = [...new Set(parameters.keys())].find((name) => parameters.getAll(name).length > 1);
  if (repeated === undefined) return;
  throw new ProblemError(400, `expected the parameter ${quote(repeated)} once, got it several times`);
}

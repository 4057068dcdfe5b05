/** Reads the parameters of the query and of the path by a schema. */
import type * as z from 'zod';
import { quote } from '../domain/parsed.ts';
import { ProblemError } from './problem.ts';

/** @throws ProblemError with 400 that names every parameter that is wrong */
export function parseQuery<S extends z.ZodType>(schema: S, parameters: URLSearchParams): z.output<S> {
  requireOnce(parameters);
  // An empty parameter says as little as a missing one.
  const given = Object.fromEntries([...parameters].filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => {
    const name = String(path[0] ?? '');
    const value = given[name];
    return value === undefined ? message : `${name}: ${message}, got ${quote(value)}`;
  });
  throw new ProblemError({ status: 400, detail: problems.join('; ') });
}

/** @throws ProblemError with 404: a path that cannot be names nothing */
export function parseParams<S extends z.ZodType>(schema: S, params: Readonly<Record<string, string>>): z.output<S> {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  throw new ProblemError({ status: 404, detail: result.error.issues.map(({ message }) => message).join('; ') });
}

/** Of two values one would win silently, and `dryrun=true&dryrun=false` must not depend on which. */
function requireOnce(parameters: URLSearchParams): void {
  const repeated = [...new Set(parameters.keys())].find((name) => parameters.getAll(name).length > 1);
  if (repeated === undefined) return;
  throw new ProblemError({ status: 400, detail: `expected the parameter ${quote(repeated)} once, got it repeated` });
}

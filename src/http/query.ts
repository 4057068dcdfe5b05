/** Parses the parameters of the query and of the path. */
import type * as z from 'zod';
import { nearest } from '../domain/nearest.ts';
import { quote } from '../domain/parsed.ts';
import { ProblemError } from './problem.ts';
import { tellIssue } from './tell-issue.ts';

/**
 * @param isIgnored whether a parameter that the schema does not have is ignored; others are refused
 * @throws ProblemError with 400 that names every wrong parameter
 */
export function parseQuery<S extends z.ZodObject>(
  schema: S,
  parameters: URLSearchParams,
  isIgnored: (name: string) => boolean,
): z.output<S> {
  requireOnce(parameters);
  // An empty parameter counts as missing.
  const given = Object.fromEntries([...parameters].filter(([, value]) => value !== ''));
  const known = Object.keys(schema.shape);
  const unknown = Object.keys(given).filter((name) => !known.includes(name) && !isIgnored(name));
  const result = schema.safeParse(given, { error: tellIssue });
  if (result.success && unknown.length === 0) return result.data;
  const problems = (result.error?.issues ?? []).map(({ code, path, message }) => {
    const name = String(path[0] ?? '');
    const value = given[name];
    if (value !== undefined) return `${name}: ${message}, got ${quote(value)}`;
    return code === 'custom' || name === '' ? message : `${name}: ${message}`;
  });
  throw new ProblemError(400, [...tellUnknown(unknown, known), ...problems].join('; '));
}

/** A client may send hundreds: the first ones say enough. */
const MOST_TOLD = 5;

function tellUnknown(unknown: readonly string[], known: readonly string[]): readonly string[] {
  if (unknown.length === 0) return [];
  const expected = known.length === 0 ? 'expected no parameters' : `expected only the parameters ${known.join(', ')}`;
  const got = unknown.slice(0, MOST_TOLD).map((name) => {
    const meant = nearest(name, known);
    return meant === undefined ? quote(name) : `${quote(name)} (${meant}?)`;
  });
  return [`${expected}; got ${got.join(', ')}${unknown.length > MOST_TOLD ? ' and more' : ''}`];
}

/** Mail programs and chats add these to the addresses of pages that people send to each other. */
export function isTracking(name: string): boolean {
  return /^(?:utm_|(?:fbclid|gclid|msclkid)$)/.test(name);
}

/** @throws ProblemError with 404: nothing has an invalid path */
export function parseParams<S extends z.ZodType>(schema: S, params: Readonly<Record<string, string>>): z.output<S> {
  const result = schema.safeParse(params, { error: tellIssue });
  if (result.success) return result.data;
  throw new ProblemError(404, result.error.issues.map(({ message }) => message).join('; '));
}

/** With `dryrun=true&dryrun=false`, one value would silently win. */
function requireOnce(parameters: URLSearchParams): void {
  const seen = new Set<string>();
  const repeated = parameters.keys().find((name) => seen.size === seen.add(name).size);
  if (repeated === undefined) return;
  throw new ProblemError(400, `expected the parameter ${quote(repeated)} once, got it several times`);
}

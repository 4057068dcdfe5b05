/** Errors in settings, in the words of the configuration file. zod's own words are never shown. */
import type * as z from 'zod';
import { nearest } from '../domain/nearest.ts';
import { quote } from '../domain/parsed.ts';
import { keysAt, pathsTo } from './keys.ts';

export interface Problem {
  /** As in the file. */
  readonly path: readonly PropertyKey[];
  /** Says what was expected, and what came. */
  readonly message: string;
  /** The name is wrong, not the value. */
  readonly isName?: true;
}

/** For `safeParse`: what was expected, where the schema has no message of its own. */
export function expectation(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return expected(KINDS[issue.expected] ?? 'something else');
    case 'invalid_value':
      return expected(anyOf(issue.values.map(String)));
    case 'too_small':
      return expected(amount(issue.origin, Number(issue.minimum), 'or more'));
    case 'too_big':
      return expected(amount(issue.origin, Number(issue.maximum), 'at most'));
    case 'invalid_key':
      return expected('another name');
    case 'invalid_format':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_union':
    case 'invalid_element':
    case 'custom':
    default:
      return expected('another value');
  }
}

function expected(what: string): string {
  return ['expected', what].join(' ');
}

const KINDS: Readonly<Partial<Record<string, string>>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping of settings',
  record: 'a mapping of names to values',
};

function amount(origin: string, count: number, bound: 'or more' | 'at most'): string {
  const unit = origin === 'string' ? 'character' : origin === 'array' || origin === 'set' ? 'entry' : '';
  const units = unit === '' ? '' : ` ${count === 1 ? unit : unit === 'entry' ? 'entries' : `${unit}s`}`;
  return bound === 'or more' ? `${count}${units} or more` : `at most ${count}${units}`;
}

function anyOf(words: readonly string[]): string {
  const [last = '', ...others] = words.toReversed();
  return others.length === 0 ? last : `${others.toReversed().join(', ')} or ${last}`;
}

export function problemsOf(schema: z.core.$ZodType, issues: readonly z.core.$ZodIssue[]): readonly Problem[] {
  return issues.flatMap(unfold).flatMap((issue): readonly Problem[] => {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key, index) => ({
        path: [...path, key],
        message: `unknown setting${index < MOST_HINTS ? hintFor(schema, path, key) : ''}`,
        isName: true,
      }));
    const [inKey] = issue.code === 'invalid_key' ? issue.issues : [];
    if (inKey !== undefined) return [{ path, message: withGot(inKey.message, issue), isName: true }];
    return [{ path, message: withGot(issue.message, issue) + hintForValue(issue) }];
  });
}

/** So many are for people. Each compares its name with every setting. */
const MOST_HINTS = 50;

/** Suggests the nearest name in the same place, or the place where this name belongs. */
function hintFor(schema: z.core.$ZodType, path: readonly PropertyKey[], key: string): string {
  const close = nearest(key, keysAt(schema, path));
  if (close !== undefined) return `. Did you mean ${close}?`;
  const [elsewhere] = pathsTo(schema, key);
  return elsewhere === undefined ? '' : `. Did you mean ${elsewhere}?`;
}

/** Suggests the word that was misspelt. */
function hintForValue(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_value' || typeof issue.input !== 'string') return '';
  const close = nearest(issue.input, issue.values.map(String));
  return close === undefined ? '' : `. Did you mean ${close}?`;
}

/** A setting may have several forms: reports the errors of the form that fits best, or that none fits. */
function unfold(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const forms = issue.errors.map((problems) => problems.flatMap(unfold));
  const depthOf = ({ path, code }: z.core.$ZodIssue): number => path.length + (code === 'unrecognized_keys' ? 1 : 0);
  const depths = forms.map((problems) => Math.max(0, ...problems.map(depthOf)));
  const deepest = Math.max(0, ...depths);
  const best = forms.filter((_problems, index) => depths[index] === deepest).flat();
  if (deepest > 0) return best.map((problem) => ({ ...problem, path: [...issue.path, ...problem.path] }));
  const words = best.map(({ message }) => message.replace(/^expected /, '').replace(/, got .*$/s, ''));
  // `off` stands for both.
  const told = [...new Set(words)].filter((word) => word !== 'false' && word !== 'true');
  return [{ ...issue, message: expected(anyOf(told)) }];
}

/** Values under these names can be secrets, or URLs that hold one. Values of unknown settings are never shown. */
const SECRET = /^(?:auth|auth_token|database_url|secret|sha256|external_id|url)$/;

function withGot(message: string, issue: z.core.$ZodIssue): string {
  const { input, path, code } = issue;
  if (message.includes(', got ') || (code === 'custom' && typeof input !== 'string')) return message;
  const isSecret = path.some((key) => SECRET.test(String(key)));
  if (isSecret && input !== undefined && typeof input !== 'object') return message;
  return `${message}, got ${show(input)}`;
}

function show(value: unknown): string {
  // A URL in any setting may hold a password.
  if (typeof value === 'string') return /@|:\/\//.test(value) ? 'text' : quote(value);
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'a mapping';
}

/** `guards.windows, 2nd entry, zone` */
export function nameOf(path: readonly PropertyKey[]): string {
  let name = '';
  for (const [index, key] of path.entries()) {
    if (typeof key === 'number') name += `, ${ordinal(key + 1)} entry`;
    else {
      const separator = index === 0 ? '' : typeof path[index - 1] === 'number' ? ', ' : '.';
      name += separator + (/^[\w.-]{1,80}$/.test(String(key)) ? String(key) : quote(String(key)));
    }
  }
  return name;
}

function ordinal(number: number): string {
  const [last, lastTwo] = [number % 10, number % 100];
  const suffix = lastTwo >= 11 && lastTwo <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][last] ?? 'th');
  return `${number}${suffix}`;
}

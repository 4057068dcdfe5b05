/** Says what was expected, in place of the words of zod. The schema's own words come first. */
import type * as z from 'zod';

type Issue = Parameters<z.core.$ZodErrorMap>[0];

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object with names and values',
  record: 'an object with names and values',
  string: 'a text',
};

/** @returns undefined for kinds of issues that no schema of ours has without words of its own */
export function tellIssue(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `${beOf(issue.expected)}${issue.input === undefined ? ', got nothing' : ''}`;
    case 'invalid_value': {
      const values = issue.values.map(String);
      return values.length === 1 ? beOf(values.join()) : `expected one of ${values.join(', ')}`;
    }
    case 'too_big':
      return `expected at most ${issue.maximum}${unitOf(issue.origin)}`;
    case 'too_small':
      return `expected at least ${issue.minimum}${unitOf(issue.origin)}`;
    case 'invalid_format':
      return beOf(issue.format === 'uuid' ? 'a UUID' : issue.format);
    default:
      return undefined;
  }
}

function beOf(type: string): string {
  return `expected a value that is ${Object.hasOwn(TYPES, type) ? (TYPES[type] ?? type) : type}`;
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' of them' : '';
}

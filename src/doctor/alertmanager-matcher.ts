/** Alertmanager's matchers: the conditions of its routes. */
import type { Labels } from '../domain/label-set.ts';

export interface Matcher {
  /** As written in the configuration. */
  readonly text: string;
  readonly matches: (labels: Labels) => boolean;
}

/** Reads the three forms in which a route can write its matchers. */
export function parseMatchers(written: {
  readonly match: Labels;
  readonly match_re: Labels;
  readonly matchers: readonly string[];
}): { readonly matchers: readonly Matcher[]; readonly unreadable: readonly string[] } {
  const all = [
    ...Object.entries(written.match).map(([name, value]) => toMatcher(name, '=', value)),
    ...Object.entries(written.match_re).map(([name, value]) => toMatcher(name, '=~', value)),
    ...written.matchers.flatMap(readText),
  ];
  return {
    matchers: all.filter((each) => typeof each !== 'string'),
    unreadable: all.filter((each) => typeof each === 'string'),
  };
}

/** Matchers such as `name="value"`, with any of the four operators, separated by commas, with or without braces. */
function readText(text: string): readonly (Matcher | string)[] {
  const found: (Matcher | string)[] = [];
  let rest = text.trim().replace(/^\{([\s\S]*)\}$/, '$1');
  while (rest.trim() !== '') {
    const [whole, name, operator, value] = MATCHER.exec(rest) ?? [];
    if (whole === undefined || name === undefined || value === undefined || !isOperator(operator)) return [text];
    found.push(toMatcher(unquote(name), operator, unquote(value)));
    rest = rest.slice(whole.length);
  }
  return found;
}

const MATCHER =
  /^\s*("(?:[^"\\]|\\.)*"|[^\s=!~,{}"]+)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|[^\s",{}][^",]*?|)\s*(?:,|$)/;

type Operator = '=' | '!=' | '=~' | '!~';

function isOperator(text: string | undefined): text is Operator {
  return text === '=' || text === '!=' || text === '=~' || text === '!~';
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  return text.slice(1, -1).replaceAll(/\\(["\\n])/g, (_all, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

/** A missing label counts as empty. Regular expressions match the whole value. @returns the text if it cannot be read */
function toMatcher(name: string, operator: Operator, value: string): Matcher | string {
  const text = `${name}${operator}${JSON.stringify(value)}`;
  const read = (labels: Labels): string => (Object.hasOwn(labels, name) ? (labels[name] ?? '') : '');
  if (operator === '=') return { text, matches: (labels) => read(labels) === value };
  if (operator === '!=') return { text, matches: (labels) => read(labels) !== value };
  const pattern = compile(value);
  if (pattern === undefined) return text;
  return { text, matches: (labels) => pattern.test(read(labels)) === (operator === '=~') };
}

/** Go's syntax rarely differs from JavaScript's. The one common difference is flags at the beginning. */
function compile(value: string): RegExp | undefined {
  const [, flags = '', source = value] = /^\(\?([is]+)\)([\s\S]*)$/.exec(value) ?? [];
  try {
    return new RegExp(`^(?:${source})$`, flags);
  } catch {
    return undefined;
  }
}

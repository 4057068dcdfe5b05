/** Whether a rule's expression can tell a condition that has ended from a series that has vanished. */

const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g;
const COMPARISON = /(?:==|!=|<=|>=|<|>)/g;
const SET_OPERATOR = /\b(?:and|or|unless)\b/i;

/**
 * What the expression looks at: its one comparison with a number taken away, so that a machine stays in the result when the
 * condition has ended. Undefined where it is not of that form (of two series that are compared, either may vanish), or where
 * what is left filters by itself, or puts something else in the place of a series that has vanished.
 */
export function lookedAt(expression: string): string | undefined {
  const outline = outlineOf(expression);
  if (outline === undefined || SET_OPERATOR.test(outline)) return undefined;
  const [comparison, ...others] = outline.matchAll(COMPARISON);
  if (comparison === undefined || others.length > 0) return undefined;
  const left = expression.slice(0, comparison.index).trim();
  const right = expression
    .slice(comparison.index + comparison[0].length)
    .replace(/^\s*bool\b/, '')
    .trim();
  if (isNumber(left) === isNumber(right)) return undefined;
  const looked = isNumber(left) ? right : left;
  // A comparison or an absence inside makes series come and go with the condition, and `or` stands in for what is not there.
  const inner = looked.replace(STRING, '').replace(/\{[^}]*\}/g, '');
  return looked === '' || /[<>]|[=!]=|\babsent|\bor\b/i.test(inner) ? undefined : looked;
}

const AGGREGATION = /^(?:sum|avg|min|max|count|group|stddev|stdvar)\s*(?:(?:by|without)\s*\([^()]*\)\s*)?\(/i;
const GROUPING = /^\s*(?:(?:by|without)\s*\([^()]*\)\s*)?$/i;

/** The series that an aggregation is made of: it is there, and lower, when one of several of them vanishes. */
export function aggregated(looked: string): string {
  const [opening] = AGGREGATION.exec(looked) ?? [];
  if (opening === undefined) return looked;
  const close = closingOf(looked, opening.length);
  if (close === undefined || !GROUPING.test(looked.slice(close + 1))) return looked;
  return aggregated(looked.slice(opening.length, close).trim());
}

/** Where the bracket is closed after which `from` stands. */
function closingOf(expression: string, from: number): number | undefined {
  const text = expression.replace(STRING, (found) => ' '.repeat(found.length));
  let depth = 1;
  for (let index = from; index < text.length; index += 1) {
    if (text[index] === '(') depth += 1;
    if (text[index] === ')') depth -= 1;
    if (depth === 0) return index;
  }
  return undefined;
}

/** Or what is reckoned of numbers and the time, which is always there. */
function isNumber(text: string): boolean {
  const term = String.raw`[-+\s(]*(?:(?:\d[\d.]*|\.\d+)(?:e[-+]?\d+)?|inf|nan|time\(\s*\))[\s)]*`;
  return new RegExp(`^${term}(?:[-+*/%^]${term})*$`, 'i').test(text);
}

/** The expression with all that stands in brackets, braces and quotes blanked out, as long as before. */
function outlineOf(expression: string): string | undefined {
  const text = expression.replace(STRING, (found) => ' '.repeat(found.length));
  let depth = 0;
  let outline = '';
  for (const character of text) {
    if ('([{'.includes(character)) depth += 1;
    outline += depth === 0 ? character : ' '.repeat(character.length);
    if (')]}'.includes(character)) depth -= 1;
    if (depth < 0) return undefined;
  }
  return depth === 0 ? outline : undefined;
}

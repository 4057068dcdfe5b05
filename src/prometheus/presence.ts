/** Whether a rule's expression can tell an ended condition from a vanished series. */

const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g;
const COMPARISON = /(?:==|!=|<=|>=|<|>)/g;
const SET_OPERATOR = /\b(?:and|or|unless)\b/i;

/**
 * The expression without its single comparison with a number, so that a machine stays in the result when the condition ends.
 * Undefined for any other form, and where the rest filters series or replaces vanished ones.
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
  // An inner comparison or `absent` makes series come and go, and `or` replaces missing ones.
  const inner = looked.replace(STRING, '').replace(/\{[^}]*\}/g, '');
  return looked === '' || /[<>]|[=!]=|\babsent|\bor\b/i.test(inner) ? undefined : looked;
}

const AGGREGATION = /^(?:sum|avg|min|max|count|group|stddev|stdvar)\s*(?:(?:by|without)\s*\([^()]*\)\s*)?\(/i;
const GROUPING = /^\s*(?:(?:by|without)\s*\([^()]*\)\s*)?$/i;

/** The series inside an aggregation, which stays when only one of its series vanishes. */
export function aggregated(looked: string): string {
  const [opening] = AGGREGATION.exec(looked) ?? [];
  if (opening === undefined) return looked;
  const close = closingOf(looked, opening.length);
  if (close === undefined || !GROUPING.test(looked.slice(close + 1))) return looked;
  return aggregated(looked.slice(opening.length, close).trim());
}

/** The index of the bracket that closes the one before `from`. */
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

/** A number, or a calculation with numbers and the time. */
function isNumber(text: string): boolean {
  const term = String.raw`[-+\s(]*(?:(?:\d[\d.]*|\.\d+)(?:e[-+]?\d+)?|inf|nan|time\(\s*\))[\s)]*`;
  return new RegExp(`^${term}(?:[-+*/%^]${term})*$`, 'i').test(text);
}

/** The expression with brackets, braces, quotes and their content blanked out. The length stays the same. */
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

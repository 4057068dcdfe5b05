/** Whether a rule's expression can tell a condition that has ended from a series that has vanished. */

const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g;
const COMPARISON = /(?:==|!=|<=|>=|<|>)/g;
const SET_OPERATOR = /\b(?:and|or|unless)\b/;

/**
 * What the expression looks at: its one comparison taken away, so that a machine stays in the result when the condition has
 * ended. Undefined where it is not of that form, or where what is left filters by itself.
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
  const isNumber = (text: string): boolean => /^[-+]?(?:[\d.]+(?:e[-+]?\d+)?|inf|nan)$/i.test(text);
  const looked = isNumber(left) ? right : left;
  // A comparison or an absence inside makes series come and go with the condition.
  const inner = looked.replace(STRING, '').replace(/\{[^}]*\}/g, '');
  return looked === '' || isNumber(looked) || /[<>]|[=!]=|\babsent/.test(inner) ? undefined : looked;
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

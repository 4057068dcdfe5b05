/** The answer of every parser: a typed value, or a sentence that says what was expected and what came. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | Unparsed;

export interface Unparsed {
  readonly ok: false;
  readonly message: string;
}

export function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function unparsed(message: string): Unparsed {
  return { ok: false, message };
}

/** Labels may be hostile: they are shown short, quoted and escaped to printable ASCII. */
export function quote(text: string): string {
  // An escape takes six characters, so text with escapes is cut sooner. The result has at most 200 characters.
  const room = /^[\x20-\x7e]*$/.test(text.slice(0, 80)) ? 80 : 30;
  const short = text.length > room ? `${text.slice(0, room)}...` : text;
  return JSON.stringify(short).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Any value for a message: text is quoted, other values are named by their kind. */
export function show(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

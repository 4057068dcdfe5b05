/** How a program gets what a page shows. People paste these lines, whatever stands in the filter of the page. */

export interface SameBy {
  /** As `GET /api/v1/machines`. */
  readonly api: string;
  readonly cli: string;
}

export interface SameList extends SameBy {
  /** Of the API, without `?`. */
  readonly query: string;
}

/** A filter of a page. */
export interface Asked {
  /** Of the API. Absent where the API does the same unasked. */
  readonly name?: string;
  /** Undefined or empty: nothing is asked. */
  readonly value: string | undefined;
  /** The value as the API writes it, where that differs. */
  readonly api?: string | undefined;
  /** How the command line asks for the same. Absent where it does the same unasked. */
  readonly option?: '' | `--${string}`;
  /** The option has no value. */
  readonly isFlag?: true;
}

/** @param option `''` where the command line takes the bare value */
export function sameList(path: string, command: string, filters: readonly Asked[]): SameList {
  const asked = filters.flatMap(({ value = '', ...filter }) => (value === '' ? [] : [{ ...filter, value }]));
  const query = new URLSearchParams(
    asked.flatMap(({ name, value, api = value }) => (name === undefined ? [] : [[name, api]])),
  ).toString();
  const words = asked.flatMap(({ option, value, isFlag }) => {
    if (option === undefined) return [];
    if (isFlag === true) return [option];
    if (option === '') return value.startsWith('-') ? ['--', inShell(value)] : [inShell(value)];
    return [value.startsWith('-') ? `${option}=${inShell(value)}` : `${option} ${inShell(value)}`];
  });
  return {
    query,
    api: `GET ${path}${query === '' ? '' : `?${query}`}`,
    cli: ['ec2-operator', command, ...words].join(' '),
  };
}

/** The API and the pages give so many entries of a record where nothing else is asked, the command line fewer. */
const USUAL = 100;
const OF_COMMANDS = 20;

/** Which part of a list of records a page shows. */
export function partShown(query: { readonly limit: number }, cursor: string | undefined, shown: number): Asked[] {
  const limit = String(query.limit);
  return [
    { name: 'limit', value: query.limit === USUAL ? undefined : limit },
    { value: shown > OF_COMMANDS || query.limit < OF_COMMANDS ? limit : undefined, option: '--limit' },
    { name: 'cursor', value: cursor, option: '--cursor' },
  ];
}

/**
 * One word of a shell, of which it reads nothing: a link to a page may have a command in its filter. A terminal acts on control
 * characters that are pasted, whatever quotes stand around them: with Ctrl-C, what follows is a line of its own. Others turn the direction of
 * writing or have no picture, so that people would paste another line than they read. So all of them are spelt out.
 */
export function inShell(text: string): string {
  if (/^[\w./:@+,=-]+$/.test(text)) return text;
  if (text.search(UNSEEN) < 0) return `'${text.replaceAll("'", String.raw`'\''`)}'`;
  return `$'${text.replaceAll(/[\\']/g, String.raw`\$&`).replaceAll(UNSEEN, spelt)}'`;
}

/** Controls, directions, joiners, fillers, separators of lines, and what no font knows. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** In octal, byte by byte: each shell that knows such quotes reads three digits, whatever comes after them. */
function spelt(unseen: string): string {
  return [...Buffer.from(unseen)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

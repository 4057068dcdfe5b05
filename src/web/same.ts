/** How a program gets what a page shows. People paste these lines, whatever stands in the filter of the page. */

export interface SameBy {
  /** As `GET /api/v1/machines`. */
  readonly api: string;
  readonly cli: string;
}

/** A filter of a page. The API has them all, the command line most of them. */
export interface Asked {
  /** Of the API. */
  readonly name: string;
  /** Undefined or empty: nothing is asked. */
  readonly value: string | undefined;
  /** How the command line asks for the same. */
  readonly option?: '' | `--${string}`;
  /** The option has no value. */
  readonly isFlag?: true;
}

/** @param option `''` where the command line takes the bare value */
export function sameList(path: string, command: string, filters: readonly Asked[]): SameBy {
  const asked = filters.flatMap(({ value = '', ...filter }) => (value === '' ? [] : [{ ...filter, value }]));
  const query = new URLSearchParams(asked.map(({ name, value }) => [name, value])).toString();
  const words = asked.flatMap(({ option, value, isFlag }) => {
    if (option === undefined) return [];
    if (isFlag === true) return [option];
    if (option === '') return value.startsWith('-') ? ['--', inShell(value)] : [inShell(value)];
    return [value.startsWith('-') ? `${option}=${inShell(value)}` : `${option} ${inShell(value)}`];
  });
  return {
    api: `GET ${path}${query === '' ? '' : `?${query}`}`,
    cli: ['ec2-operator', command, ...words].join(' '),
  };
}

/** One word of a shell, of which it reads nothing: a link to a page may have a command in its filter. */
export function inShell(text: string): string {
  return /^[\w./:@+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

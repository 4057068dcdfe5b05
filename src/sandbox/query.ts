import { ApiError, invalidParameterValue, missingParameter } from './errors.ts';

/** A request of the Query protocol: its parameters, from the query string and the form body together. */
export type Query = ReadonlyMap<string, string>;

/** One `Filter.N` of a request: a match of any value is enough. Values are wildcard patterns. */
export type Filter = Readonly<{ name: string; values: readonly string[] }>;

/** Reads the parameters of a request. Of a parameter given twice the last one counts. */
export function parseQuery(search: string, body: string): Query {
  return new Map([...new URLSearchParams(search), ...new URLSearchParams(body)]);
}

/** The entries of a list parameter (`InstanceId.1`, `InstanceId.2`...), in the order of their numbers. */
export function listParameter(query: Query, name: string): readonly string[] {
  return [...numbered(query, name)].map(([, value]) => value);
}

function numbered(query: Query, prefix: string): readonly [number, string][] {
  return [...query]
    .flatMap(([key, value]): [number, string][] => {
      const rest = key.startsWith(`${prefix}.`) ? key.slice(prefix.length + 1) : '';
      return /^[1-9]\d{0,5}$/.test(rest) ? [[Number(rest), value]] : [];
    })
    .sort(([left], [right]) => left - right);
}

/** A flag; absent means false. */
export function flagParameter(query: Query, name: string): boolean {
  const value = query.get(name);
  if (value === undefined) return false;
  if (value.toLowerCase() === 'true') return true;
  if (value.toLowerCase() === 'false') return false;
  throw invalidParameterValue(`Invalid value '${value}' for ${name}. Value must be either 'true' or 'false'.`);
}

/** A whole number; absent is `undefined`. */
export function numberParameter(query: Query, name: string): number | undefined {
  const value = query.get(name);
  if (value === undefined) return undefined;
  if (/^-?\d{1,9}$/.test(value)) return Number(value);
  throw invalidParameterValue(`Invalid value '${value}' for ${name}. Value must be an integer.`);
}

/**
 * The `Filter.N.Name` / `Filter.N.Value.M` parameters.
 * Throws where one has no name or no value: what a caller meant by it cannot be known.
 */
export function filterParameters(query: Query): readonly Filter[] {
  const numbers = new Set([...query.keys()].map((key) => /^Filter\.(\d{1,6})\./.exec(key)?.[1] ?? ''));
  numbers.delete('');
  return [...numbers]
    .sort((left, right) => Number(left) - Number(right))
    .map((number) => {
      const name = query.get(`Filter.${number}.Name`);
      if (name === undefined) throw invalidParameterValue("The filter 'null' is invalid");
      const values = listParameter(query, `Filter.${number}.Value`);
      if (values.length === 0) throw missingParameter(`Filter.${number}.Value`);
      return { name, values };
    });
}

/** Parameters that every call may carry. The X-Amz ones are those of a signed URL. */
const common = /^(Action|Version|DryRun|X-Amz-[A-Za-z-]+)$/;

/** Refuses what the action does not know, as EC2 does; a misspelt parameter never passes in silence. */
export function refuseUnknown(query: Query, known: RegExp): void {
  for (const name of query.keys()) {
    if (!common.test(name) && !known.test(name)) {
      throw new ApiError('UnknownParameter', `The parameter ${name} is not recognized`);
    }
  }
}

/** The parameters of AWS's Query protocol. All functions throw AwsError for a parameter that cannot be read. */
import { AwsError, invalidParameterValue, missingParameter } from './errors.ts';

/** The parameters of a request, from its query string and its form body. */
export type Query = ReadonlyMap<string, string>;

/** A `Filter.N` of a request. It matches if any of its values does; they are wildcard patterns. */
export type Filter = { readonly name: string; readonly values: readonly string[] };

/** The last value counts when a parameter is given twice. */
export function parseParameters(search: string, body: string): Query {
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

/** False when absent. */
export function flagParameter(query: Query, name: string): boolean {
  const value = query.get(name);
  if (value === undefined) return false;
  if (value.toLowerCase() === 'true') return true;
  if (value.toLowerCase() === 'false') return false;
  throw invalidParameterValue(`Invalid value '${value}' for ${name}. Value must be either 'true' or 'false'.`);
}

/** A whole number; undefined when absent. */
export function numberParameter(query: Query, name: string): number | undefined {
  const value = query.get(name);
  if (value === undefined) return undefined;
  if (/^-?\d{1,9}$/.test(value)) return Number(value);
  throw invalidParameterValue(`Invalid value '${value}' for ${name}. Value must be an integer.`);
}

/** The parameters `Filter.N.Name` and `Filter.N.Value.M`. A filter without a name or a value is refused. */
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

/** Every call can carry these parameters; those with X-Amz belong to a signed URL. */
const COMMON = /^(Action|Version|DryRun|X-Amz-[A-Za-z-]+)$/;

/** EC2 refuses a parameter that the action does not know, such as a misspelt one. */
export function refuseUnknown(query: Query, known: RegExp): void {
  for (const name of query.keys()) {
    if (!COMMON.test(name) && !known.test(name)) {
      throw new AwsError('UnknownParameter', `The parameter ${name} is not recognized`);
    }
  }
}

/** Pages of describe calls, and what EC2 refuses about them. */
import { AwsError, invalidParameterValue } from '../errors.ts';

/** @throws AwsError for too many ids, for ids beside a page, and for a page that is too small or too large */
export function refuseSizes(ids: number, maxIds: number, maxResults: number | undefined): void {
  // EC2's documentation gives the limit without its error. Code and sentence follow those of the filter limit.
  if (ids > maxIds) {
    throw invalidParameterValue(`The maximum number of instance IDs specified on a single call is ${maxIds}`);
  }
  if (maxResults === undefined) return;
  if (ids > 0) {
    const message = 'The parameter instancesSet cannot be used with the parameter maxResults';
    throw new AwsError('InvalidParameterCombination', message);
  }
  if (maxResults < 5 || maxResults > 1000) {
    throw invalidParameterValue(
      `Value ( ${maxResults} ) for parameter maxResults is invalid. Expecting a value greater than 5 and less than 1000.`,
    );
  }
}

/** Pages are ordered by id, so a thing that appears between two pages shifts nothing. */
export function takePage<T extends { readonly id: string }>(
  things: readonly T[],
  size: number | undefined,
  token: string | undefined,
): { page: readonly T[]; nextToken: string | undefined } {
  const after = token === undefined ? '' : readToken(token);
  const rest = things.filter(({ id }) => id > after).sort((left, right) => (left.id < right.id ? -1 : 1));
  const page = size === undefined ? rest : rest.slice(0, size);
  const last = page.at(-1);
  const more = page.length < rest.length && last !== undefined;
  return { page, nextToken: more ? Buffer.from(`after ${last.id}`).toString('base64') : undefined };
}

function readToken(token: string): string {
  const [, id] = /^after ([a-z]+-[0-9a-f]+)$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  if (id === undefined) throw new AwsError('InvalidNextToken', 'The specified NextToken is not valid.');
  return id;
}

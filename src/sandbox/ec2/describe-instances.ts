/** DescribeInstances: with ids, with filters, or without both for all machines that the caller can see. */
import { THROTTLE_RULES } from '../buckets.ts';
import { refuseUnauthorized, takeRequestToken, visibleTo, type AwsCall } from '../call.ts';
import { AwsError, dryRunOperation, invalidParameterValue } from '../errors.ts';
import type { SandboxMachine } from '../machine.ts';
import { filterParameters, flagParameter, listParameter, numberParameter, refuseUnknown } from '../query.ts';
import type { XmlTree } from '../xml.ts';
import { compileFilters } from './filter.ts';
import { findInstances } from './instance-ids.ts';
import { reservationXml } from './instance-xml.ts';

const PARAMETERS = /^(InstanceId\.\d+|Filter\.\d+\.(Name|Value\.\d+)|MaxResults|NextToken|IncludeManagedResources)$/;

/** EC2 recommends at most this many ids in one call (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html). */
const MAX_IDS = 1000;

export function describeInstances(call: AwsCall): XmlTree {
  const { world, query } = call;
  const filters = filterParameters(query);
  const maxResults = numberParameter(query, 'MaxResults');
  const narrowed = filters.length > 0 || maxResults !== undefined;
  takeRequestToken(call, narrowed ? THROTTLE_RULES.describeNarrowed : THROTTLE_RULES.describeAll);
  refuseUnknown(query, PARAMETERS);
  const ids = listParameter(query, 'InstanceId');
  refuseSizes(ids.length, maxResults);
  const matches = compileFilters(filters);
  refuseUnauthorized(call);
  const visible = visibleTo(call);
  const asked = ids.length === 0 ? visible : findInstances(ids, visible);
  if (flagParameter(query, 'DryRun')) throw dryRunOperation();
  const found = asked.map((machine) => world.shown(machine)).filter((machine) => matches(machine));
  const page = takePage(found, maxResults, query.get('NextToken'));
  return { reservationSet: page.machines.map(reservationXml), nextToken: page.nextToken };
}

function refuseSizes(ids: number, maxResults: number | undefined): void {
  // EC2's documentation gives the limit without its error. Code and sentence follow those of the filter limit.
  if (ids > MAX_IDS) {
    throw invalidParameterValue(`The maximum number of instance IDs specified on a single call is ${MAX_IDS}`);
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

/** Pages are ordered by id, so a machine that appears between two pages shifts nothing. */
function takePage(
  machines: readonly SandboxMachine[],
  size: number | undefined,
  token: string | undefined,
): { machines: readonly SandboxMachine[]; nextToken: string | undefined } {
  const after = token === undefined ? '' : readToken(token);
  const rest = machines.filter(({ id }) => id > after).sort((left, right) => (left.id < right.id ? -1 : 1));
  const page = size === undefined ? rest : rest.slice(0, size);
  const last = page.at(-1);
  const more = page.length < rest.length && last !== undefined;
  return { machines: page, nextToken: more ? Buffer.from(`after ${last.id}`).toString('base64') : undefined };
}

function readToken(token: string): string {
  const [, id] = /^after (i-[0-9a-f]+)$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  if (id === undefined) throw new AwsError('InvalidNextToken', 'The specified NextToken is not valid.');
  return id;
}

import { throttleRules } from './buckets.ts';
import { takeRequestToken } from './call.ts';
import type { Call } from './call.ts';
import { ApiError, dryRunOperation, invalidParameterValue, unauthorizedOperation } from './errors.ts';
import { compileFilters } from './filter.ts';
import { findInstances } from './instance-ids.ts';
import { reservationXml } from './instance-xml.ts';
import type { Machine } from './machine.ts';
import { filterParameters, flagParameter, listParameter, numberParameter, refuseUnknown } from './query.ts';
import type { XmlTree } from './xml.ts';

const parameters = /^(InstanceId\.\d+|Filter\.\d+\.(Name|Value\.\d+)|MaxResults|NextToken|IncludeManagedResources)$/;

/** EC2 asks for no more ids than this (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html). */
const maxIds = 1000;

/** DescribeInstances. Without ids and filters it shows every machine of the account in the region. */
export function describeInstances(call: Call): XmlTree {
  const { world, caller, query } = call;
  const filters = filterParameters(query);
  const maxResults = numberParameter(query, 'MaxResults');
  const narrowed = filters.length > 0 || maxResults !== undefined;
  takeRequestToken(call, narrowed ? throttleRules.describeNarrowed : throttleRules.describeAll);
  refuseUnknown(query, parameters);
  const ids = listParameter(query, 'InstanceId');
  refuseSizes(ids.length, maxResults);
  const matches = compileFilters(filters);
  if (world.accounts.get(caller.account)?.unauthorized.includes('DescribeInstances') === true) {
    throw unauthorizedOperation();
  }
  const visible = world.visible(caller.account, caller.region);
  const asked = ids.length === 0 ? visible : findInstances(ids, visible);
  if (flagParameter(query, 'DryRun')) throw dryRunOperation();
  const found = asked.map((machine) => world.shown(machine)).filter((machine) => matches(machine));
  const page = takePage(found, maxResults, query.get('NextToken'));
  return { reservationSet: page.machines.map(reservationXml), nextToken: page.nextToken };
}

function refuseSizes(ids: number, maxResults: number | undefined): void {
  // The documents name the limit but not the error; code and sentence are modelled on the filter limit's.
  if (ids > maxIds) {
    throw invalidParameterValue(`The maximum number of instance IDs specified on a single call is ${maxIds}`);
  }
  if (maxResults === undefined) return;
  if (ids > 0) {
    const message = 'The parameter instancesSet cannot be used with the parameter maxResults';
    throw new ApiError('InvalidParameterCombination', message);
  }
  if (maxResults < 5 || maxResults > 1000) {
    throw invalidParameterValue(
      `Value ( ${maxResults} ) for parameter maxResults is invalid. Expecting a value greater than 5 and less than 1000.`,
    );
  }
}

/** A page of the machines in the order of their ids, so that one that appears between two pages shifts nothing. */
function takePage(
  machines: readonly Machine[],
  size: number | undefined,
  token: string | undefined,
): { machines: readonly Machine[]; nextToken: string | undefined } {
  const after = token === undefined ? '' : readToken(token);
  const rest = machines.filter(({ id }) => id > after).sort((left, right) => (left.id < right.id ? -1 : 1));
  const page = size === undefined ? rest : rest.slice(0, size);
  const last = page.at(-1);
  const more = page.length < rest.length && last !== undefined;
  return { machines: page, nextToken: more ? Buffer.from(`after ${last.id}`).toString('base64') : undefined };
}

function readToken(token: string): string {
  const [, id] = /^after (i-[0-9a-f]+)$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  if (id === undefined) throw new ApiError('InvalidNextToken', 'The specified NextToken is not valid.');
  return id;
}

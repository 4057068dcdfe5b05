/** DescribeInstances: with ids, with filters, or without both for all machines that the caller can see. */
import { THROTTLE_RULES } from '../buckets.ts';
import { refuseUnauthorized, takeRequestToken, visibleTo, type AwsCall } from '../call.ts';
import { dryRunOperation } from '../errors.ts';
import { filterParameters, flagParameter, listParameter, numberParameter, refuseUnknown } from '../query.ts';
import type { XmlTree } from '../xml.ts';
import { compileFilters } from './filter.ts';
import { findInstances } from './instance-ids.ts';
import { reservationXml } from './instance-xml.ts';
import { refuseSizes, takePage } from './pages.ts';

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
  refuseSizes(ids.length, MAX_IDS, maxResults);
  const matches = compileFilters(filters);
  refuseUnauthorized(call);
  const visible = visibleTo(call);
  const asked = ids.length === 0 ? visible : findInstances(ids, visible);
  if (flagParameter(query, 'DryRun')) throw dryRunOperation();
  const found = asked.map((machine) => world.shown(machine)).filter((machine) => matches(machine));
  const { page, nextToken } = takePage(found, maxResults, query.get('NextToken'));
  return { reservationSet: page.map(reservationXml), nextToken };
}

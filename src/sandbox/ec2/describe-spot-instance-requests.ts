/** DescribeSpotInstanceRequests: every Spot machine came from a request. */
import type { AwsCall } from '../call.ts';
import type { SandboxMachine } from '../machine.ts';
import { filterParameters } from '../query.ts';
import type { XmlTree } from '../xml.ts';
import { checkDescribe, FILTERS_AND_PAGES } from './check-describe.ts';
import { compileFilters, fieldsOf } from './filter.ts';
import { spotRequestId } from './instance-xml.ts';

export function describeSpotInstanceRequests(call: AwsCall): XmlTree {
  const visible = checkDescribe(call, FILTERS_AND_PAGES);
  const matches = compileFilters(filterParameters(call.query), FIELDS);
  const machines = visible.filter(({ market }) => market !== 'on-demand');
  return { spotInstanceRequestSet: machines.filter(matches).map(spotRequestXml) };
}

const FIELDS = fieldsOf({
  'instance-id': ({ id }) => [id],
  'spot-instance-request-id': (machine) => [spotRequestId(machine)],
  type: ({ market }) => [market.slice('spot-'.length)],
});

function spotRequestXml(machine: SandboxMachine): XmlTree {
  const persistent = machine.market === 'spot-persistent';
  return {
    spotInstanceRequestId: spotRequestId(machine),
    type: persistent ? 'persistent' : 'one-time',
    state: 'active',
    instanceId: machine.id,
    instanceInterruptionBehavior: persistent ? 'stop' : 'terminate',
    launchedAvailabilityZone: machine.zone,
  };
}

/** DescribeInstanceStatus: EC2's checks of the machines that run. */
import { THROTTLE_RULES } from '../buckets.ts';
import { refuseUnauthorized, takeRequestToken, visibleTo, type AwsCall } from '../call.ts';
import { dryRunOperation } from '../errors.ts';
import type { CheckStatus, SandboxMachine } from '../machine.ts';
import { filterParameters, flagParameter, listParameter, numberParameter, refuseUnknown } from '../query.ts';
import type { XmlTree } from '../xml.ts';
import { compileFilters, fieldsOf } from './filter.ts';
import { findInstances } from './instance-ids.ts';
import { stateXml } from './instance-xml.ts';
import { refuseSizes, takePage } from './pages.ts';

const PARAMETERS = /^(InstanceId\.\d+|Filter\.\d+\.(Name|Value\.\d+)|MaxResults|NextToken|IncludeAllInstances)$/;

/** EC2's limit (DescribeInstanceStatus in its API reference). */
const MAX_IDS = 100;

export function describeInstanceStatus(call: AwsCall): XmlTree {
  const { world, query, action } = call;
  const filters = filterParameters(query);
  const maxResults = numberParameter(query, 'MaxResults');
  const narrowed = filters.length > 0 || maxResults !== undefined;
  const { request } = narrowed ? THROTTLE_RULES.describeNarrowed : THROTTLE_RULES.describeAll;
  takeRequestToken(call, { bucket: narrowed ? action : `${action} without filter and page`, request });
  refuseUnknown(query, PARAMETERS);
  const ids = listParameter(query, 'InstanceId');
  refuseSizes(ids.length, MAX_IDS, maxResults);
  const statusOf = (machine: SandboxMachine): Status => readStatus(call, machine);
  const matches = compileFilters(filters, fieldsFor(statusOf));
  refuseUnauthorized(call);
  const visible = visibleTo(call);
  const asked = ids.length === 0 ? visible : findInstances(ids, visible);
  if (flagParameter(query, 'DryRun')) throw dryRunOperation();
  const all = flagParameter(query, 'IncludeAllInstances');
  const found = asked
    .map((machine) => world.shown(machine))
    .filter((machine) => (all || machine.state === 'running') && matches(machine));
  const { page, nextToken } = takePage(found, maxResults, query.get('NextToken'));
  return {
    instanceStatusSet: page.map((machine) => statusXml(machine, statusOf(machine))),
    nextToken,
  };
}

type Status = CheckStatus | 'not-applicable';

/** The checks of a machine take a while after its launch. */
function readStatus({ world, effects }: AwsCall, machine: SandboxMachine): Status {
  if (machine.state !== 'running') return 'not-applicable';
  const set = effects.checks(machine.id) ?? machine.checks;
  if (set !== undefined) return set;
  return world.now() - machine.since < world.timings.checksMs ? 'initializing' : 'ok';
}

function fieldsFor(statusOf: (machine: SandboxMachine) => Status): ReturnType<typeof fieldsOf> {
  return fieldsOf({
    'availability-zone': ({ zone }) => [zone],
    'instance-state-name': ({ state }) => [state],
    'instance-status.status': (machine) => [statusOf(machine)],
    'system-status.status': (machine) => [systemStatus(statusOf(machine))],
  });
}

/** A broken machine is not its host's fault. */
function systemStatus(status: Status): Status {
  return status === 'impaired' ? 'ok' : status;
}

function statusXml(machine: SandboxMachine, status: Status): XmlTree {
  return {
    instanceId: machine.id,
    availabilityZone: machine.zone,
    instanceState: stateXml(machine.state),
    systemStatus: checksXml(systemStatus(status)),
    instanceStatus: checksXml(status),
    attachedEbsStatus: checksXml(systemStatus(status)),
  };
}

const REACHABILITY = {
  ok: 'passed',
  initializing: 'initializing',
  impaired: 'failed',
  'insufficient-data': 'insufficient-data',
} as const satisfies Record<CheckStatus, string>;

function checksXml(status: Status): XmlTree {
  if (status === 'not-applicable') return { status };
  return { status, details: [{ name: 'reachability', status: REACHABILITY[status] }] };
}

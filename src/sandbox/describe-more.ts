import { throttleRules } from './buckets.ts';
import { takeRequestToken } from './call.ts';
import type { Call } from './call.ts';
import { dryRunOperation, invalidParameterValue, missingParameter, unauthorizedOperation } from './errors.ts';
import { matchesWildcard } from './filter.ts';
import { findInstances } from './instance-ids.ts';
import { rootVolumeId, spotRequestId, time } from './instance-xml.ts';
import type { Machine } from './machine.ts';
import { filterParameters, flagParameter, refuseUnknown } from './query.ts';
import type { Filter } from './query.ts';
import type { XmlTree } from './xml.ts';

/** Describe calls about what belongs to a machine. Each shows the parts of EC2's answer that somebody has needed so far. */
export const describeMoreActions = [
  'DescribeInstanceAttribute',
  'DescribeVolumes',
  'DescribeSpotInstanceRequests',
] as const;

/** One of them. */
export type DescribeMoreAction = (typeof describeMoreActions)[number];

const parameters: Readonly<Record<DescribeMoreAction, RegExp>> = {
  DescribeInstanceAttribute: /^(InstanceId|Attribute)$/,
  DescribeVolumes: /^(Filter\.\d+\.(Name|Value\.\d+)|MaxResults|NextToken)$/,
  DescribeSpotInstanceRequests: /^(Filter\.\d+\.(Name|Value\.\d+)|MaxResults|NextToken)$/,
};

/** Answers one of these calls. Throws the ApiError that EC2 answers with. */
export function describeMore(action: DescribeMoreAction, call: Call): XmlTree {
  const { world, caller, query } = call;
  takeRequestToken(call, { ...throttleRules.describeNarrowed, bucket: action });
  refuseUnknown(query, parameters[action]);
  if (world.accounts.get(caller.account)?.unauthorized.includes(action) === true) throw unauthorizedOperation();
  if (flagParameter(query, 'DryRun')) throw dryRunOperation();
  const visible = world.visible(caller.account, caller.region);
  switch (action) {
    case 'DescribeInstanceAttribute':
      return attributeXml(call, visible);
    case 'DescribeVolumes':
      return {
        volumeSet: visible
          .filter(({ root, state }) => root === 'ebs' && state !== 'terminated')
          .filter((machine) => matches(machine, volumeFields, filterParameters(query)))
          .map(volumeXml),
      };
    case 'DescribeSpotInstanceRequests':
      return {
        spotInstanceRequestSet: visible
          .filter(({ market }) => market !== 'on-demand')
          .filter((machine) => matches(machine, spotFields, filterParameters(query)))
          .map(spotRequestXml),
      };
  }
}

function attributeXml({ query }: Call, visible: readonly Machine[]): XmlTree {
  const id = query.get('InstanceId');
  const attribute = query.get('Attribute');
  if (id === undefined) throw missingParameter('InstanceId');
  if (attribute === undefined) throw missingParameter('Attribute');
  // Of EC2's sixteen attributes the sandbox has one.
  if (attribute !== 'disableApiStop')
    throw invalidParameterValue(`Value (${attribute}) for parameter attribute is invalid`);
  const [machine] = findInstances([id], visible);
  return { instanceId: id, disableApiStop: { value: machine?.stopProtected === true } };
}

type Fields = Readonly<Record<string, (machine: Machine) => string>>;

const volumeFields: Fields = {
  'attachment.instance-id': ({ id }) => id,
  'volume-id': rootVolumeId,
  encrypted: ({ kmsKey }) => String(kmsKey !== undefined),
};

const spotFields: Fields = {
  'instance-id': ({ id }) => id,
  'spot-instance-request-id': spotRequestId,
  type: ({ market }) => market.slice('spot-'.length),
};

function matches(machine: Machine, fields: Fields, filters: readonly Filter[]): boolean {
  return filters.every(({ name, values }) => {
    const field = new Map(Object.entries(fields)).get(name);
    if (field === undefined) throw invalidParameterValue(`The filter '${name}' is invalid`);
    return values.some((value) => matchesWildcard(value, field(machine)));
  });
}

function volumeXml(machine: Machine): XmlTree {
  const attachTime = time(machine.interfaces[0].attachTime);
  const volumeId = rootVolumeId(machine);
  return {
    volumeId,
    size: 100,
    snapshotId: 'snap-0a1b2c3d4e5f60718',
    availabilityZone: machine.zone,
    status: 'in-use',
    createTime: attachTime,
    attachmentSet: [
      {
        volumeId,
        instanceId: machine.id,
        device: '/dev/xvda',
        status: 'attached',
        attachTime,
        deleteOnTermination: true,
      },
    ],
    volumeType: 'gp3',
    encrypted: machine.kmsKey !== undefined,
    kmsKeyId: machine.kmsKey,
  };
}

function spotRequestXml(machine: Machine): XmlTree {
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

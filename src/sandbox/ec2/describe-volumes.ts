/** DescribeVolumes: every machine whose root is on EBS has one volume. */
import type { AwsCall } from '../call.ts';
import type { SandboxMachine } from '../machine.ts';
import { filterParameters } from '../query.ts';
import type { XmlTree } from '../xml.ts';
import { checkDescribe, FILTERS_AND_PAGES } from './check-describe.ts';
import { compileFilters, fieldsOf } from './filter.ts';
import { rootVolumeId, xmlTime } from './instance-xml.ts';

export function describeVolumes(call: AwsCall): XmlTree {
  const visible = checkDescribe(call, FILTERS_AND_PAGES);
  const matches = compileFilters(filterParameters(call.query), FIELDS);
  const machines = visible.filter(({ root, state }) => root === 'ebs' && state !== 'terminated');
  return { volumeSet: machines.filter(matches).map(volumeXml) };
}

const FIELDS = fieldsOf({
  'attachment.instance-id': ({ id }) => [id],
  'volume-id': (machine) => [rootVolumeId(machine)],
  encrypted: ({ kmsKey }) => [String(kmsKey !== undefined)],
});

function volumeXml(machine: SandboxMachine): XmlTree {
  const attachTime = xmlTime(machine.interfaces[0].attachTime);
  const volumeId = rootVolumeId(machine);
  return {
    volumeId,
    size: machine.diskGib,
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

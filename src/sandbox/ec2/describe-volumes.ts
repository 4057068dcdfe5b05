/** DescribeVolumes: the volumes of machines. There are no others. */
import type { AwsCall } from '../call.ts';
import { attachedVolumes, type AttachedVolume, type SandboxMachine } from '../machine.ts';
import { filterParameters, numberParameter } from '../query.ts';
import type { XmlTree } from '../xml.ts';
import { checkDescribe, FILTERS_AND_PAGES } from './check-describe.ts';
import { compileFilters, fieldsOf } from './filter.ts';
import { xmlTime } from './instance-xml.ts';
import { refuseSizes, takePage } from './pages.ts';

/** EC2 gives no more at once, whatever is asked for. */
const MAX_PAGE = 500;

export function describeVolumes(call: AwsCall): XmlTree {
  const { query } = call;
  const visible = checkDescribe(call, FILTERS_AND_PAGES);
  const maxResults = numberParameter(query, 'MaxResults');
  refuseSizes(0, 0, maxResults);
  const matches = compileFilters(filterParameters(query), FIELDS);
  const found = visible.filter(matches).flatMap(shownVolumes);
  const size = maxResults === undefined ? undefined : Math.min(maxResults, MAX_PAGE);
  const { page, nextToken } = takePage(found, size, query.get('NextToken'));
  return { volumeSet: page.map(volumeXml), nextToken };
}

/** A machine has one key for all of its volumes. */
const FIELDS = fieldsOf({
  'attachment.instance-id': ({ id }) => [id],
  encrypted: ({ kmsKey }) => [String(kmsKey !== undefined)],
});

interface ShownVolume extends AttachedVolume {
  readonly device: string;
  readonly machine: SandboxMachine;
}

function shownVolumes(machine: SandboxMachine): readonly ShownVolume[] {
  return attachedVolumes(machine).map(([device, volume]) => ({ ...volume, device, machine }));
}

function volumeXml({ id: volumeId, type, gib, iops, throughput, device, machine }: ShownVolume): XmlTree {
  const attachTime = xmlTime(machine.interfaces[0].attachTime);
  return {
    volumeId,
    size: gib,
    snapshotId: device === '/dev/xvda' ? 'snap-0a1b2c3d4e5f60718' : '',
    availabilityZone: machine.zone,
    status: 'in-use',
    createTime: attachTime,
    attachmentSet: [
      { volumeId, instanceId: machine.id, device, status: 'attached', attachTime, deleteOnTermination: true },
    ],
    volumeType: type,
    iops,
    throughput,
    encrypted: machine.kmsKey !== undefined,
    kmsKeyId: machine.kmsKey,
  };
}

/** The list of the embedded AWS's actions. A new action is an entry here and a file with its handler. */
import type { AwsCall } from './call.ts';
import { rebootInstances, startInstances, stopInstances } from './ec2/change-instances.ts';
import { describeInstanceAttribute } from './ec2/describe-instance-attribute.ts';
import { describeInstanceStatus } from './ec2/describe-instance-status.ts';
import { describeInstances } from './ec2/describe-instances.ts';
import { describeSpotInstanceRequests } from './ec2/describe-spot-instance-requests.ts';
import { describeVolumes } from './ec2/describe-volumes.ts';
import {
  createSchedule,
  createScheduleGroup,
  deleteSchedule,
  getSchedule,
  getScheduleGroup,
  listSchedules,
  updateSchedule,
} from './scheduler/actions.ts';
import { getProducts } from './pricing/get-products.ts';
import type { ServiceName } from './request.ts';
import { assumeRole, assumeRoleWithWebIdentity, getCallerIdentity } from './sts.ts';
import type { XmlTree } from './xml.ts';

export interface Action {
  readonly service: ServiceName;
  readonly name: string;
  /** @throws AwsError as AWS answers it */
  readonly handler: (call: AwsCall) => XmlTree;
  /** Callers do not sign it: a token among its parameters identifies them. */
  readonly unsigned?: true;
}

export const ACTIONS: readonly Action[] = [
  { service: 'ec2', name: 'DescribeInstances', handler: describeInstances },
  { service: 'ec2', name: 'DescribeInstanceStatus', handler: describeInstanceStatus },
  { service: 'ec2', name: 'DescribeInstanceAttribute', handler: describeInstanceAttribute },
  { service: 'ec2', name: 'DescribeVolumes', handler: describeVolumes },
  { service: 'ec2', name: 'DescribeSpotInstanceRequests', handler: describeSpotInstanceRequests },
  { service: 'ec2', name: 'StartInstances', handler: startInstances },
  { service: 'ec2', name: 'StopInstances', handler: stopInstances },
  { service: 'ec2', name: 'RebootInstances', handler: rebootInstances },
  { service: 'scheduler', name: 'CreateSchedule', handler: createSchedule },
  { service: 'scheduler', name: 'UpdateSchedule', handler: updateSchedule },
  { service: 'scheduler', name: 'GetSchedule', handler: getSchedule },
  { service: 'scheduler', name: 'DeleteSchedule', handler: deleteSchedule },
  { service: 'scheduler', name: 'ListSchedules', handler: listSchedules },
  { service: 'scheduler', name: 'CreateScheduleGroup', handler: createScheduleGroup },
  { service: 'scheduler', name: 'GetScheduleGroup', handler: getScheduleGroup },
  { service: 'pricing', name: 'GetProducts', handler: getProducts },
  { service: 'sts', name: 'GetCallerIdentity', handler: getCallerIdentity },
  { service: 'sts', name: 'AssumeRole', handler: assumeRole },
  { service: 'sts', name: 'AssumeRoleWithWebIdentity', handler: assumeRoleWithWebIdentity, unsigned: true },
];

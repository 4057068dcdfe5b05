/** DescribeInstanceAttribute, for the one attribute that the operator asks about: disableApiStop. */
import type { AwsCall } from '../call.ts';
import { invalidParameterValue, missingParameter } from '../errors.ts';
import type { XmlTree } from '../xml.ts';
import { findInstances } from './instance-ids.ts';
import { checkDescribe } from './check-describe.ts';

export function describeInstanceAttribute(call: AwsCall): XmlTree {
  const visible = checkDescribe(call, /^(InstanceId|Attribute)$/);
  const id = call.query.get('InstanceId');
  const attribute = call.query.get('Attribute');
  if (id === undefined) throw missingParameter('InstanceId');
  if (attribute === undefined) throw missingParameter('Attribute');
  if (attribute !== 'disableApiStop') {
    throw invalidParameterValue(`Value (${attribute}) for parameter attribute is invalid`);
  }
  const [machine] = findInstances([id], visible);
  return { instanceId: id, disableApiStop: { value: machine?.stopProtected === true } };
}

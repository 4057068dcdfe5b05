/** The checks of the describe calls about parts of machines, in EC2's order. */
import { THROTTLE_RULES } from '../buckets.ts';
import { refuseUnauthorized, takeRequestToken, visibleTo, type AwsCall } from '../call.ts';
import { dryRunOperation } from '../errors.ts';
import type { SandboxMachine } from '../machine.ts';
import { flagParameter, refuseUnknown } from '../query.ts';

/** The parameters of a call that takes filters and pages. */
export const FILTERS_AND_PAGES = /^(Filter\.\d+\.(Name|Value\.\d+)|MaxResults|NextToken)$/;

/** @returns the machines that the caller can see */
export function checkDescribe(call: AwsCall, parameters: RegExp): readonly SandboxMachine[] {
  takeRequestToken(call, { ...THROTTLE_RULES.describeNarrowed, bucket: call.action });
  refuseUnknown(call.query, parameters);
  refuseUnauthorized(call);
  if (flagParameter(call.query, 'DryRun')) throw dryRunOperation();
  return visibleTo(call);
}

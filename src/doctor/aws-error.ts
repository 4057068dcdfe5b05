/** The meaning of an AWS error for the setup, and its remedy. */
import { Ec2Error } from '../ec2/port.ts';
import { remedyFor } from '../ec2/remedies.ts';
import { messageOf } from './finding.ts';

/** Failures without an answer of AWS. For answers, the server and the doctor share `remedyFor`. */
const CHANGES: Readonly<Record<string, string>> = {
  ClientMisconfigured: 'correct the setting that the message names',
  ClientCredentials: 'fix what the message names; the server tries again until `give_up_after`',
  ClientTimeout: 'check how this machine reaches AWS: proxy, security group, VPC endpoints for EC2 and STS',
  ClientConnection:
    'check how this machine reaches AWS: DNS, proxy, security group, VPC endpoints. Check the region, too: one that does not exist has no address',
  ClientMissing: 'install the aws command, or set EC2_CLIENT=native',
};

const ROLE =
  'allow this identity to assume the role (sts:AssumeRole), let the role trust it, and set external_id to the value in its trust policy: deploy/iam/README.md, "Several accounts"';

/** @param as whether the call used the process's own credentials or an assumed role */
export function explainAws(cause: unknown, as: 'own' | 'role'): { readonly evidence: string; readonly change: string } {
  if (!(cause instanceof Ec2Error)) return { evidence: messageOf(cause), change: 'see the message' };
  const evidence = `${cause.code}: ${cause.message}`;
  const isDenied = cause.code === 'AccessDenied' || cause.code === 'AccessDeniedException';
  if (isDenied && as === 'role') return { evidence, change: ROLE };
  if (isDenied) return { evidence, change: 'allow the call in the policy of this identity' };
  const change = remedyFor(cause) ?? CHANGES[cause.code] ?? 'look up the code in the EC2 API reference, "Error codes"';
  return { evidence, change };
}

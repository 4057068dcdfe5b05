/** What an error of AWS means for the set-up, and what to do about it. */
import { Ec2Error } from '../ec2/port.ts';
import { remedyFor } from '../ec2/remedies.ts';

/** Failures before an answer. What AWS itself says is in the table that the server uses, too. */
const CHANGES: Readonly<Record<string, string>> = {
  ClientMisconfigured: 'correct what the message names',
  ClientCredentials: 'mend what the message names; the server tries again until `give_up_after`',
  ClientTimeout: 'see that this machine reaches AWS: a proxy, a security group, a missing VPC endpoint for EC2 and STS',
  ClientConnection:
    'see that this machine reaches AWS: DNS, a proxy, a security group, a missing VPC endpoint; correct the region, too: one that does not exist has no address',
  ClientMissing: 'install the aws command, or set EC2_CLIENT=native',
};

const ROLE =
  'let this identity assume the role (sts:AssumeRole), let the role trust it, and let external_id be what its trust policy asks for: deploy/iam/README.md, "Several accounts"';

/**
 * @param as whether the process's own credentials were used, or a role was to be assumed
 */
export function explainAws(cause: unknown, as: 'own' | 'role'): { readonly evidence: string; readonly change: string } {
  if (!(cause instanceof Ec2Error)) {
    return { evidence: cause instanceof Error ? cause.message : String(cause), change: 'see the message' };
  }
  const evidence = `${cause.code}: ${cause.message}`;
  const isDenied = cause.code === 'AccessDenied' || cause.code === 'AccessDeniedException';
  if (isDenied && as === 'role') return { evidence, change: ROLE };
  if (isDenied) return { evidence, change: 'allow the call in the policy of this identity' };
  return {
    evidence,
    change: remedyFor(cause) ?? CHANGES[cause.code] ?? 'look the code up in the EC2 API reference, "Error codes"',
  };
}

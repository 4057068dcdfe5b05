/** What an error of AWS means for the set-up, and what to do about it. */
import { Ec2Error } from '../ec2/port.ts';

const CHANGES: Readonly<Record<string, string>> = {
  ClientMisconfigured:
    'set AWS_REGION or `regions:`; give the pod or machine an IAM role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE',
  ClientTimeout: 'see that this machine reaches AWS: a proxy, a security group, a missing VPC endpoint for EC2 and STS',
  ClientConnection:
    'see that this machine reaches AWS: DNS, a proxy, a security group, a missing VPC endpoint; correct the region, too: one that does not exist has no address',
  ClientMissing: 'install the aws command, or set EC2_CLIENT=native',
  AuthFailure: 'correct the credentials; in a region that is not enabled for the account, enable it or leave it out',
  InvalidClientTokenId: 'correct the access key: it was deleted, or belongs to another partition',
  SignatureDoesNotMatch: 'correct the secret access key, and see that the clock is right',
  RequestExpired: 'set the clock of this machine right, or renew the credentials',
  ExpiredToken: 'renew the credentials: this session has ended',
  ExpiredTokenException: 'renew the credentials: this session has ended',
  OptInRequired: 'enable the region for the account, or leave it out',
  RequestLimitExceeded: 'try again: others use up the rate limit of this account at the moment',
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
  return { evidence, change: CHANGES[cause.code] ?? 'look the code up in the EC2 API reference, "Error codes"' };
}

/** Remedies for AWS's error codes: one table for messages and for the doctor. */
import { bareCode } from '../domain/bounce.ts';
import type { Ec2Error } from './port.ts';

const CLOCK =
  'set the clock of this machine right (AWS refuses signatures that are five minutes off), or correct or renew the credentials';
const RENEW = 'renew the credentials: this session has ended. If it is new, set the clock of this machine right';
const IDENTITY =
  "check that the cluster's OIDC provider is registered in the role's account, that AWS can reach it, and that the role trusts it";
const REGION = 'enable the region for the account, or leave it out of the configuration';

const REMEDIES: Readonly<Record<string, string>> = {
  AuthFailure: `${CLOCK}; in a region that is not enabled for the account, enable it or leave it out`,
  SignatureDoesNotMatch: CLOCK,
  InvalidSignature: CLOCK,
  RequestTimeTooSkewed: CLOCK,
  RequestExpired: CLOCK,
  RequestInTheFuture: CLOCK,
  ClientClock: 'set the clock of this machine right',
  ExpiredToken: RENEW,
  InvalidClientTokenId:
    'correct the access key: it was deleted, or belongs to another partition or a region that is not enabled',
  UnrecognizedClient: 'correct the access key: it was deleted, or belongs to another partition',
  InvalidIdentityToken: IDENTITY,
  IDPCommunicationError: IDENTITY,
  IDPRejectedClaim: `${IDENTITY}; the token may have expired`,
  RegionDisabled:
    'activate STS in this region (IAM, account settings), or use another region: set AWS_REGION or AWS_ENDPOINT_URL_STS',
  OptInRequired: REGION,
  AccessDenied:
    'allow the call in the policy of the identity; a role to assume must also trust the identity: deploy/iam/README.md',
  UnauthorizedOperation:
    'allow the call in the policy of the identity, or give the machine the tag that the policy requires: deploy/iam/README.md',
  Blocked: 'contact AWS support: the account is blocked',
  PendingVerification: 'wait until AWS has verified the account, up to four hours; then contact AWS support',
  RequestLimitExceeded: 'wait: other programs use up the rate limit of this account, and the call is repeated',
};

/** Undefined for a code that is not in the table. */
export function remedyFor({ code }: Ec2Error): string | undefined {
  const bare = bareCode(code);
  return Object.hasOwn(REMEDIES, bare) ? REMEDIES[bare] : undefined;
}

/** The error in a sentence for people, with the remedy. */
export function tellError(error: Ec2Error): string {
  const told = `${error.code}: ${error.message}`;
  const remedy = remedyFor(error);
  return remedy === undefined ? told : `${told.replace(/[.\s]+$/, '')}; to fix it, ${remedy}`;
}

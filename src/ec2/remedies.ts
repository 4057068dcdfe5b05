/** What to do about an error of AWS that has a name: one table for messages and for the doctor. */
import { bareCode } from '../domain/bounce.ts';
import type { Ec2Error } from './port.ts';

const CLOCK =
  'set the clock of this machine right (AWS refuses signatures that are off by five minutes), or correct or renew the credentials';
const RENEW = 'renew the credentials: this session has ended. If it is new, set the clock of this machine right';
const IDENTITY =
  "see that the cluster's OIDC provider is registered in the account of the role and can be reached from AWS, and that the role trusts it";
const REGION = 'enable the region for the account, or leave it out of the configuration';

const REMEDIES: Readonly<Record<string, string>> = {
  AuthFailure: `${CLOCK}; in a region that is not enabled for the account, enable it or leave it out`,
  SignatureDoesNotMatch: CLOCK,
  InvalidSignature: CLOCK,
  RequestTimeTooSkewed: CLOCK,
  RequestExpired: CLOCK,
  RequestInTheFuture: CLOCK,
  ExpiredToken: RENEW,
  InvalidClientTokenId:
    'correct the access key: it was deleted, or belongs to another partition or a region that is not enabled',
  UnrecognizedClient: 'correct the access key: it was deleted, or belongs to another partition',
  InvalidIdentityToken: IDENTITY,
  IDPCommunicationError: IDENTITY,
  IDPRejectedClaim: `${IDENTITY}; its token may have ended`,
  RegionDisabled:
    'activate STS in this region (IAM, account settings), or ask another one: set AWS_REGION or AWS_ENDPOINT_URL_STS',
  OptInRequired: REGION,
  AccessDenied:
    'allow the call in the policy of the identity; where a role is to be assumed, it has to trust the identity, too: deploy/iam/README.md',
  UnauthorizedOperation:
    'allow the call in the policy of the identity, or give the machine the tag that the policy asks for: deploy/iam/README.md',
  Blocked: 'write to AWS support: the account is blocked',
  PendingVerification: 'wait until AWS has verified the account, up to four hours; then write to AWS support',
  RequestLimitExceeded: 'nothing: others use up the rate limit of this account at the moment, and it is tried again',
};

/** Undefined where nothing better is known than AWS's own words. */
export function remedyFor({ code }: Ec2Error): string | undefined {
  const bare = bareCode(code);
  return Object.hasOwn(REMEDIES, bare) ? REMEDIES[bare] : undefined;
}

/** The error in a sentence for people, with what to do about it. */
export function tellError(error: Ec2Error): string {
  const told = `${error.code}: ${error.message}`;
  const remedy = remedyFor(error);
  return remedy === undefined ? told : `${told.replace(/[.\s]+$/, '')}; to mend it, ${remedy}`;
}

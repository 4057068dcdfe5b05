/** Identifies the caller by the credential scope of the signature. */
import { accountOfKey, type Accounts } from './account.ts';
import { authFailure } from './errors.ts';
import { readScope, type AwsRequest } from './request.ts';
import { isService, MAX_SKEW_MS, SERVICES, type Service } from './services.ts';

export interface Caller {
  readonly account: string;
  readonly region: string;
  /** ARN of the user or of the assumed role. */
  readonly arn: string;
  readonly userId: string;
}

/** The caller of an action that takes no signature. */
export const UNKNOWN_CALLER: Caller = { account: '', region: '', arn: '', userId: '' };

/** A key that AssumeRole gave out. */
export interface TemporaryKey extends Omit<Caller, 'region'> {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * @param now by AWS's clock, in milliseconds since the epoch
 * @throws AwsError of the service when the signature is too old or too new
 */
export function refuseSkew({ signedAt = '' }: AwsRequest, service: Service, now: number): void {
  const iso = signedAt.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const at = Date.parse(iso);
  if (Number.isNaN(at) || Math.abs(now - at) <= MAX_SKEW_MS) return;
  throw service.skewed(signedAt, now);
}

/**
 * Finds the caller by the access key. The signature is not verified: the sandbox holds no secrets and answers on loopback
 * only. Any key works, because a key that the fleet does not name belongs to the default account. A temporary key (`ASIA…`)
 * must come from AssumeRole, with its token, and must not be expired.
 *
 * @throws AwsError of the service
 */
export function identifyCaller(
  request: AwsRequest,
  accounts: Accounts,
  temporaryKeys: ReadonlyMap<string, TemporaryKey>,
  now: number,
): Caller {
  const scope = readScope(request);
  if (scope === undefined) throw SERVICES[request.service ?? 'ec2'].unsigned();
  const { key, region, service } = scope;
  if (!isService(service)) throw authFailure();
  if (request.service !== undefined && request.service !== service) throw SERVICES[request.service].misdirected();
  if (!key.startsWith('ASIA')) {
    const account = accountOfKey(accounts, key);
    return { account, region, arn: `arn:aws:iam::${account}:user/sandbox`, userId: 'AIDASANDBOXUSER000000' };
  }
  const temporary = temporaryKeys.get(key);
  const token = request.token ?? request.query.get('X-Amz-Security-Token');
  if (temporary === undefined || temporary.token !== token) throw SERVICES[service].unknownToken();
  if (now >= temporary.expiresAt) throw SERVICES[service].expiredToken();
  const { account, arn, userId } = temporary;
  return { account, region, arn, userId };
}

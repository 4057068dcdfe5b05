import { defaultAccount } from './account.ts';
import type { Accounts } from './account.ts';
import { authFailure, missingAuthentication, ApiError } from './errors.ts';
import type { Query } from './query.ts';

/** Who calls which service, where. */
export type Caller = Readonly<{
  accessKeyId: string;
  account: string;
  region: string;
  service: 'ec2' | 'sts';
  /** ARN of the user or of the role that was taken on. */
  arn: string;
  userId: string;
}>;

/** Keys given out by AssumeRole. */
export type TemporaryKey = Readonly<{
  account: string;
  token: string;
  arn: string;
  userId: string;
  /** ms since the epoch. */
  expiresAt: number;
}>;

/** Where a request says who it is from. */
export type Credentials = Readonly<{
  authorization: string | undefined;
  token: string | undefined;
  /** When it was signed, as `20261126T120000Z`. */
  signedAt?: string | undefined;
  query: Query;
}>;

/** AWS refuses signatures that are further from its own clock, in ms. */
const maxSkewMs = 300_000;

/** Refuses what was signed at another time, each service in its own words. */
export function refuseSkew({ signedAt = '' }: Credentials, service: 'ec2' | 'sts', now: number): void {
  const iso = signedAt.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const at = Date.parse(iso);
  if (Number.isNaN(at) || Math.abs(now - at) <= maxSkewMs) return;
  if (service === 'ec2') throw authFailure();
  const limit = new Date(now - maxSkewMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
  throw new ApiError(
    'SignatureDoesNotMatch',
    `Signature expired: ${signedAt} is now earlier than ${limit} (5 min.)`,
    403,
  );
}

const scope = /^([^/\s,]+)\/\d{8}\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request$/;

/** Region and service as the request's credential scope names them; `undefined` when it carries none. */
export function readScope(credentials: Credentials): { key: string; region: string; service: string } | undefined {
  const header = /^AWS4-HMAC-SHA256\s.*?Credential=([^,\s]+)/.exec(credentials.authorization ?? '')?.[1];
  const [, key, region, service] = scope.exec(header ?? credentials.query.get('X-Amz-Credential') ?? '') ?? [];
  return key === undefined || region === undefined || service === undefined ? undefined : { key, region, service };
}

/**
 * Finds the caller by the access key. The signature is NOT verified: the sandbox holds no secrets and answers on
 * loopback only. Long-term keys that the fleet does not name belong to the default account, so that any made-up key
 * works; temporary keys (`ASIA…`) must be ones that AssumeRole gave out, with their token and not expired.
 */
export function identify(
  credentials: Credentials,
  accounts: Accounts,
  temporaryKeys: ReadonlyMap<string, TemporaryKey>,
  now: number,
): Caller {
  const found = readScope(credentials);
  if (found === undefined) throw missingAuthentication();
  const { key, region, service } = found;
  if (service !== 'ec2' && service !== 'sts') throw authFailure();
  if (!key.startsWith('ASIA')) {
    const account = [...accounts].find(([, { keys }]) => keys.includes(key))?.[0] ?? defaultAccount;
    const userId = 'AIDASANDBOXUSER000000';
    return { accessKeyId: key, account, region, service, arn: `arn:aws:iam::${account}:user/sandbox`, userId };
  }
  const temporary = temporaryKeys.get(key);
  const token = credentials.token ?? credentials.query.get('X-Amz-Security-Token');
  if (temporary === undefined || temporary.token !== token) throw service === 'sts' ? invalidToken() : authFailure();
  if (now >= temporary.expiresAt) throw service === 'sts' ? expiredToken() : requestExpired();
  const { account, arn, userId } = temporary;
  return { accessKeyId: key, account, region, service, arn, userId };
}

function invalidToken(): ApiError {
  return new ApiError('InvalidClientTokenId', 'The security token included in the request is invalid', 403);
}

function expiredToken(): ApiError {
  return new ApiError('ExpiredToken', 'The security token included in the request is expired', 403);
}

function requestExpired(): ApiError {
  return new ApiError('RequestExpired', 'Request has expired.', 400);
}

/** The actions of STS: the identity of the caller, and temporary keys for roles. */
import { randomBytes } from 'node:crypto';
import type { AwsCall } from './call.ts';
import type { TemporaryKey } from './caller.ts';
import { AwsError } from './errors.ts';
import { numberParameter, type Query } from './query.ts';
import type { XmlTree } from './xml.ts';

export function getCallerIdentity({ caller }: AwsCall): XmlTree {
  return { GetCallerIdentityResult: { Arn: caller.arn, UserId: caller.userId, Account: caller.account } };
}

const DEFAULT_DURATION_S = 3600;

/** Returns keys for the role's account, if it has the role. */
export function assumeRole(call: AwsCall): XmlTree {
  const { world, caller, query } = call;
  const { arn, account, path } = readRole(query);
  const session = required(query, 'RoleSessionName');
  if (!/^[\w+=,.@-]{2,64}$/.test(session)) {
    throw validation("Value at 'roleSessionName' failed to satisfy constraint: [\\w+=,.@-]{2,64}");
  }
  const durationS = numberParameter(query, 'DurationSeconds') ?? DEFAULT_DURATION_S;
  if (durationS < 900 || durationS > 43_200) {
    throw validation("Value at 'durationSeconds' failed to satisfy constraint: between 900 and 43200");
  }
  const known = world.accounts.get(account);
  const externalId = known?.externalIds[path];
  const isTrusted = externalId === undefined || externalId === query.get('ExternalId');
  // The same sentence for both, so that a caller cannot find out which roles exist.
  if (known?.roles.includes(path) !== true || !isTrusted) {
    const message = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`;
    throw new AwsError('AccessDenied', message, 403);
  }
  return { AssumeRoleResult: grant(call, { account, path }, session, durationS) };
}

/** Returns keys for the role's account. Like signatures, the token is not verified. */
export function assumeRoleWithWebIdentity(call: AwsCall): XmlTree {
  const { world, query } = call;
  const role = readRole(query);
  const session = required(query, 'RoleSessionName');
  required(query, 'WebIdentityToken');
  if (world.accounts.get(role.account)?.roles.includes(role.path) !== true) {
    throw new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
  }
  return { AssumeRoleWithWebIdentityResult: grant(call, role, session, DEFAULT_DURATION_S) };
}

/** `path` is the name of the role, with its path if it has one. */
type Role = { readonly account: string; readonly path: string };

function readRole(query: Query): Role & { readonly arn: string } {
  const arn = required(query, 'RoleArn');
  const [, account, path] = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(.+)$/.exec(arn) ?? [];
  if (account === undefined || path === undefined) throw validation(`${arn} is invalid`);
  return { arn, account, path };
}

function grant(
  { world, temporaryKeys }: AwsCall,
  { account, path }: Role,
  session: string,
  durationS: number,
): XmlTree {
  const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
  const key: TemporaryKey = {
    account,
    token: randomBytes(96).toString('base64'),
    arn: `arn:aws:sts::${account}:assumed-role/${path.split('/').at(-1) ?? path}/${session}`,
    userId: `AROASANDBOXROLE000000:${session}`,
    expiresAt: world.now() + durationS * 1000,
  };
  temporaryKeys.set(accessKeyId, key);
  return {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: randomBytes(30).toString('base64'),
      SessionToken: key.token,
      Expiration: new Date(key.expiresAt).toISOString(),
    },
    AssumedRoleUser: { AssumedRoleId: key.userId, Arn: key.arn },
  };
}

function required(query: Query, name: string): string {
  const value = query.get(name);
  if (value !== undefined && value !== '') return value;
  throw validation(
    `Value null at '${name.charAt(0).toLowerCase()}${name.slice(1)}' failed to satisfy constraint: Member must not be null`,
  );
}

function validation(message: string): AwsError {
  return new AwsError('ValidationError', `1 validation error detected: ${message}`);
}

import { randomBytes } from 'node:crypto';
import type { TemporaryKey } from './caller.ts';
import type { Call } from './call.ts';
import { ApiError } from './errors.ts';
import { numberParameter } from './query.ts';
import type { Query } from './query.ts';
import type { World } from './world.ts';
import type { XmlTree } from './xml.ts';

/** GetCallerIdentity: whose key it is. */
export function getCallerIdentity({ caller }: Call): XmlTree {
  return { GetCallerIdentityResult: { Arn: caller.arn, UserId: caller.userId, Account: caller.account } };
}

const defaultDurationS = 3600;

/** AssumeRole: keys for the role's account, when the fleet's account has such a role. */
export function assumeRole({ world, caller, query }: Call, keys: Map<string, TemporaryKey>): XmlTree {
  const role = required(query, 'RoleArn');
  const session = required(query, 'RoleSessionName');
  if (!/^[\w+=,.@-]{2,64}$/.test(session)) {
    throw validation("Value at 'roleSessionName' failed to satisfy constraint: [\\w+=,.@-]{2,64}");
  }
  const durationS = numberParameter(query, 'DurationSeconds') ?? defaultDurationS;
  if (durationS < 900 || durationS > 43_200) {
    throw validation("Value at 'durationSeconds' failed to satisfy constraint: between 900 and 43200");
  }
  const [, account, path] = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(.+)$/.exec(role) ?? [];
  if (account === undefined || path === undefined) throw validation(`${role} is invalid`);
  const known = world.accounts.get(account);
  const externalId = known?.externalIds[path];
  const isTrusted = externalId === undefined || externalId === query.get('ExternalId');
  // The same words for both: whether a role exists is nobody's business.
  if (known?.roles.includes(path) !== true || !isTrusted) {
    const message = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${role}`;
    throw new ApiError('AccessDenied', message, 403);
  }
  return { AssumeRoleResult: grant({ world, role: { account, path }, session, durationS, keys }) };
}

/** AssumeRoleWithWebIdentity: keys for the role's account. Who has made the token is not looked at, as with signatures. */
export function assumeRoleWithWebIdentity(world: World, query: Query, keys: Map<string, TemporaryKey>): XmlTree {
  const role = required(query, 'RoleArn');
  const session = required(query, 'RoleSessionName');
  required(query, 'WebIdentityToken');
  const [, account, path] = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(.+)$/.exec(role) ?? [];
  if (account === undefined || path === undefined) throw validation(`${role} is invalid`);
  if (world.accounts.get(account)?.roles.includes(path) !== true) {
    throw new ApiError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403);
  }
  const granted = grant({ world, role: { account, path }, session, durationS: defaultDurationS, keys });
  return { AssumeRoleWithWebIdentityResult: granted };
}

type Grant = Readonly<{
  world: World;
  role: Readonly<{ account: string; path: string }>;
  session: string;
  durationS: number;
  keys: Map<string, TemporaryKey>;
}>;

function grant({ world, role: { account, path }, session, durationS, keys }: Grant): XmlTree {
  const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
  const key: TemporaryKey = {
    account,
    token: randomBytes(96).toString('base64'),
    arn: `arn:aws:sts::${account}:assumed-role/${path.split('/').at(-1) ?? path}/${session}`,
    userId: `AROASANDBOXROLE000000:${session}`,
    expiresAt: world.now() + durationS * 1000,
  };
  keys.set(accessKeyId, key);
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

function validation(message: string): ApiError {
  return new ApiError('ValidationError', `1 validation error detected: ${message}`);
}

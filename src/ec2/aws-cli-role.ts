/** Credentials of assumed roles for the `aws` command, which would assume the role anew in every process. */
import { z } from 'zod';
import type { Environment } from '../config/environment.ts';
import type { AccountRole } from './accounts.ts';
import { Ec2Error } from './port.ts';

const answer = z.object({
  Credentials: z.object({
    AccessKeyId: z.string().min(1),
    SecretAccessKey: z.string().min(1),
    SessionToken: z.string().min(1),
    Expiration: z.string().transform(Date.parse).refine(Number.isFinite, 'expected a time'),
  }),
});

/** As the SDKs do: enough for a call to end with the credentials it began with. */
const REFRESH_BEFORE_MS = 300_000;

/** With credentials that still last, a role that cannot be assumed at the moment is not asked for by every call. */
const TRY_AGAIN_MS = 10_000;

interface Entry {
  readonly variables: Promise<Environment>;
  /** Milliseconds since the epoch; unknown while the answer is awaited. */
  expiresAt: number;
  /** When they are to be renewed. */
  renewAt: number;
}

/**
 * The variables that make `aws` use the role's credentials. `assume` calls AssumeRole and gives its JSON answer; it is
 * called only if there are none that last. Throws Ec2Error.
 */
export type RoleCredentials = (role: AccountRole, assume: () => Promise<unknown>) => Promise<Environment>;

/**
 * Makes a cache of credentials by account. Who asks while a role is being assumed waits for the same answer.
 *
 * @param now milliseconds since the epoch.
 */
export function createRoleCredentials(now: () => number): RoleCredentials {
  const entries = new Map<string, Entry>();

  const start = (role: AccountRole, assume: () => Promise<unknown>, old: Entry | undefined): Entry => {
    const renew = async (): Promise<Environment> => {
      try {
        const credentials = parse(role, await assume());
        entry.expiresAt = credentials.Expiration;
        entry.renewAt = credentials.Expiration - REFRESH_BEFORE_MS;
        return variablesOf(credentials);
      } catch (error) {
        // They are renewed minutes before their end: until then the old ones will do.
        if (old === undefined || now() >= old.expiresAt) throw error;
        entry.expiresAt = old.expiresAt;
        entry.renewAt = now() + TRY_AGAIN_MS;
        return old.variables;
      }
    };
    const unknown = Number.POSITIVE_INFINITY;
    const entry: Entry = { expiresAt: unknown, renewAt: unknown, variables: Promise.resolve().then(renew) };
    entries.set(role.name, entry);
    return entry;
  };

  return async (role, assume) => {
    const known = entries.get(role.name);
    const entry = known !== undefined && now() < known.renewAt ? known : start(role, assume, known);
    try {
      return await entry.variables;
    } catch (error) {
      if (entries.get(role.name) === entry) entries.delete(role.name);
      throw error;
    }
  };
}

type Credentials = z.output<typeof answer>['Credentials'];

function parse(role: AccountRole, value: unknown): Credentials {
  const parsed = answer.safeParse(value);
  if (parsed.success) return parsed.data.Credentials;
  // No cause: it might quote the credentials.
  throw new Ec2Error('ClientOutput', `AssumeRole for account ${role.name}: expected credentials in the answer`);
}

function variablesOf({ AccessKeyId, SecretAccessKey, SessionToken }: Credentials): Environment {
  return {
    AWS_ACCESS_KEY_ID: AccessKeyId,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey,
    AWS_SESSION_TOKEN: SessionToken,
    // The old name of AWS_SESSION_TOKEN: botocore prefers it.
    AWS_SECURITY_TOKEN: undefined,
  };
}

/** Credentials of assumed roles for the `aws` command: otherwise every process would assume the role again. */
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

/** The same as in AWS SDKs: a call ends before its credentials expire. */
const REFRESH_BEFORE_MS = 300_000;

/** The pause after a failed renewal while the old credentials still last. */
const TRY_AGAIN_MS = 10_000;

interface Entry {
  readonly variables: Promise<Environment>;
  /** Milliseconds since the epoch; infinite until the answer arrives. */
  expiresAt: number;
  renewAt: number;
}

/**
 * The variables that give `aws` the role's credentials.
 *
 * @param assume calls AssumeRole and resolves to its JSON answer; called only when no credentials last
 * @throws Ec2Error
 */
export type RoleCredentials = (role: AccountRole, assume: () => Promise<unknown>) => Promise<Environment>;

/**
 * A cache of credentials by account. Calls during an AssumeRole wait for the same answer.
 *
 * @param now milliseconds since the epoch
 */
export function createRoleCredentials(now: () => number): RoleCredentials {
  const entries = new Map<string, Entry>();

  const start = (role: AccountRole, assume: () => Promise<unknown>, old: Entry | undefined): Entry => {
    const renew = async (): Promise<Environment> => {
      try {
        const { expiresAt, variables } = parse(role, await assume());
        entry.expiresAt = expiresAt;
        entry.renewAt = expiresAt - REFRESH_BEFORE_MS;
        return variables;
      } catch (error) {
        // Credentials are renewed minutes before they expire: until then the old ones work.
        if (old === undefined || now() >= old.expiresAt) throw error;
        entry.expiresAt = old.expiresAt;
        entry.renewAt = now() + TRY_AGAIN_MS;
        return old.variables;
      }
    };
    const entry: Entry = { expiresAt: Infinity, renewAt: Infinity, variables: Promise.resolve().then(renew) };
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

function parse({ name }: AccountRole, value: unknown): { readonly expiresAt: number; readonly variables: Environment } {
  const parsed = answer.safeParse(value);
  // No cause, because it may quote the credentials.
  if (!parsed.success)
    throw new Ec2Error('ClientOutput', `AssumeRole for account ${name}: expected credentials in the answer`);
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = parsed.data.Credentials;
  const variables = {
    AWS_ACCESS_KEY_ID: AccessKeyId,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey,
    AWS_SESSION_TOKEN: SessionToken,
    // botocore prefers this old name of AWS_SESSION_TOKEN.
    AWS_SECURITY_TOKEN: undefined,
  };
  return { expiresAt: Expiration, variables };
}

/** The process's own credentials through the SDK's chain, with the error messages that both clients share. */
import type { EC2ClientConfig } from '@aws-sdk/client-ec2';
import type { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { z } from 'zod';
import { readVariable, type Environment } from '../config/environment.ts';
import { credentialsError, readAgentToken } from './credentials.ts';
import { Ec2Error } from './port.ts';
import { profileOf } from './shared-config.ts';

type Provider = ReturnType<typeof fromNodeProviderChain>;
type Credentials = Awaited<ReturnType<Provider>>;

/**
 * The keys in `environment`; else the SDK's chain, which reads the process's environment and prefers a profile to keys.
 *
 * @param limitMs the time limit of one request: the SDK has none for some sources
 */
export function ownCredentials(
  chain: typeof fromNodeProviderChain,
  environment: Environment,
  limitMs: number,
): NonNullable<EC2ClientConfig['credentials']> {
  const profile = profileOf(environment);
  const keys = environmentKeys(environment);
  if (keys !== undefined && profile === undefined) return keys;
  let last: Credentials | undefined;
  const provide: Provider = async (properties) => {
    try {
      const token = await readAgentToken(environment);
      // An empty file name keeps the SDK from reading the variable of that name.
      const agent =
        token === undefined ? {} : { awsContainerAuthorizationToken: token, awsContainerAuthorizationTokenFile: '' };
      // Files are replaced while the process runs, so the SDK must not cache them.
      const settings = { ...(profile === undefined ? {} : { profile }), ...agent, ignoreCache: true };
      const found = await within(limitMs, chain(settings)(properties));
      last = { ...found, expiration: found.expiration ?? new Date(Date.now() + ENDLESS_MS) };
      return last;
    } catch (error) {
      // Credentials are renewed minutes before they expire: until then the old ones work.
      if (last?.expiration !== undefined && last.expiration.getTime() > Date.now()) return last;
      throw inSharedWords(error, environment);
    }
  };
  return provide;
}

/**
 * The lifetime given to credentials that do not expire, because a key in a file may be replaced. The SDK asks again five
 * minutes before the end: here after one minute.
 */
const ENDLESS_MS = 360_000;

async function within<T>(limitMs: number, asked: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs / 1_000} s`)), limitMs);
  try {
    return await Promise.race([asked, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function environmentKeys(environment: Environment): Credentials | undefined {
  const accessKeyId = readVariable(environment, 'AWS_ACCESS_KEY_ID');
  const secretAccessKey = readVariable(environment, 'AWS_SECRET_ACCESS_KEY');
  const sessionToken = readVariable(environment, 'AWS_SESSION_TOKEN');
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

const thrown = z.object({
  name: z.string(),
  message: z.string(),
  code: z.unknown().optional(),
  $fault: z.unknown().optional(),
});

/** An answer of STS, or none, stays as it is. Any other error means that the source gave no credentials. */
function inSharedWords(error: unknown, environment: Environment): unknown {
  const parsed = thrown.safeParse(error);
  if (error instanceof Ec2Error || !parsed.success) return error;
  const { name, message, code, $fault } = parsed.data;
  const isOfFile = code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR';
  const isOfNetwork = !name.endsWith('ProviderError') && ((code !== undefined && !isOfFile) || name === 'TimeoutError');
  if ($fault !== undefined || isOfNetwork) return error;
  // The SDK's last resort is an older provider, which rejects EKS's address.
  const isLastResort = message.includes('is not a valid container metadata service hostname');
  const detail = isLastResort ? 'no usable answer from the agent' : (message.split('\n', 1)[0] ?? '').slice(0, 300);
  return credentialsError(environment, detail, error);
}

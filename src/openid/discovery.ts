/** The provider's document, which says where its pages and keys are. */
import * as z from 'zod';
import { quote } from '../domain/parsed.ts';
import { boundedFetch } from './bounded-fetch.ts';
import type { Library, Metadata } from './library.ts';
import { LoginError } from './login-error.ts';
import type { OpenidSettings } from './settings.ts';

type Asked = Pick<OpenidSettings, 'issuer' | 'timeoutMs'>;

/** A provider moves its pages seldom, and announces it. In milliseconds. */
const KNOWN_FOR_MS = 60 * 60_000;

/**
 * Asks for the document once for all who wait, and keeps it for an hour. A failure is not kept: the next person asks again.
 *
 * @param monotonic a clock that only moves forward, in milliseconds
 */
export function createDiscover(
  asked: Asked,
  load: () => Promise<Library>,
  monotonic: () => number = () => performance.now(),
): () => Promise<Metadata> {
  let known: { readonly metadata: Metadata; readonly at: number } | undefined;
  let asking: Promise<Metadata> | undefined;
  const ask = async (): Promise<Metadata> => {
    const metadata = await discoverTwice(await load(), asked);
    known = { metadata, at: monotonic() };
    return metadata;
  };
  return async () => {
    if (known !== undefined && monotonic() - known.at < KNOWN_FOR_MS) return known.metadata;
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

/** A connection may break as the provider restarts. */
async function discoverTwice(library: Library, asked: Asked): Promise<Metadata> {
  try {
    return await discover(library, asked);
  } catch (error) {
    if (!isBroken(error)) throw error;
    return discover(library, asked);
  }
}

/** @throws LoginError */
export async function discover(library: Library, { issuer, timeoutMs }: Asked): Promise<Metadata> {
  const configuration = await library
    .discovery(new URL(issuer), 'any', undefined, library.None(), {
      timeout: timeoutMs / 1_000,
      [library.customFetch]: boundedFetch,
      ...(isPlain(issuer) ? { execute: [library.allowInsecureRequests] } : {}),
    })
    .catch((error: unknown) => {
      const other = mismatch.safeParse(error instanceof Error ? error.cause : undefined);
      if (other.success) throw misnamed(issuer, other.data.body.issuer);
      throw new LoginError('provider_down', `the login provider ${hostOf(issuer)} does not answer as one`, {
        cause: error,
      });
    });
  const metadata: Metadata = configuration.serverMetadata();
  // The library lets some providers off, whose issuer stands for every customer.
  if (new URL(metadata.issuer).href !== new URL(issuer).href) throw misnamed(issuer, metadata.issuer);
  return metadata;
}

/** The library's code for a document with another issuer. */
const mismatch = z.object({ attribute: z.literal('issuer'), body: z.object({ issuer: z.string() }) });

function misnamed(issuer: string, got: string): LoginError {
  return new LoginError(
    'provider_down',
    `expected the login provider to call itself ${issuer}, got ${quote(got)}: set login.oidc.issuer to the issuer that the provider writes`,
  );
}

/** For messages to people. */
export function hostOf(issuer: string): string {
  return new URL(issuer).host;
}

/** The configuration allows plain HTTP on loopback only. */
export function isPlain(issuer: string): boolean {
  return issuer.startsWith('http:');
}

/** fetch throws TypeError, which the library wraps. */
function isBroken(error: unknown): boolean {
  const cause = error instanceof LoginError ? error.cause : undefined;
  return cause instanceof TypeError || (cause instanceof Error && cause.cause instanceof TypeError);
}

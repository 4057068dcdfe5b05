/** Looks at a provider without logging in, for the doctor. */
import * as z from 'zod';
import { getJson } from '../outgoing/get-json.ts';
import { discover } from './discovery.ts';
import { load } from './library.ts';
import type { OpenidSettings } from './settings.ts';

export interface ProviderSeen {
  readonly keys: number;
  /** Of signatures of ID tokens; absent where it does not say. */
  readonly algorithms?: readonly string[];
  readonly scopes?: readonly string[];
}

const keySet = z.object({ keys: z.array(z.unknown()) });

/** @throws LoginError; ApiError for keys that cannot be read */
export async function lookAtProvider(settings: Pick<OpenidSettings, 'issuer' | 'timeoutMs'>): Promise<ProviderSeen> {
  const metadata = await discover(await load(), settings);
  const { jwks_uri: at, scopes_supported: scopes, id_token_signing_alg_values_supported: algorithms } = metadata;
  const seen = at === undefined ? { keys: [] } : keySet.parse((await getJson({ url: at }, at)).value);
  return {
    keys: seen.keys.length,
    ...(algorithms === undefined ? {} : { algorithms }),
    ...(scopes === undefined ? {} : { scopes }),
  };
}

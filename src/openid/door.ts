/** Leads browsers to the provider and back. A login under way has a cookie of its own, which its end removes. */
import { randomBytes } from 'node:crypto';
import { cookieValues } from '../domain/cookie-values.ts';
import type { ClaimedPerson } from '../domain/openid-claims.ts';
import { FLOW_MS, openFlow, sealFlow, type Flow } from './flow.ts';
import { LoginError } from './login-error.ts';
import type { Openid } from './provider.ts';

/** Login by OpenID Connect, for the routes. */
export interface OpenidDoor {
  readonly issuer: string;
  /** Where people log in: the cookie of a login counts at this address only. */
  readonly publicUrl: string;
  /** @param next the page that the person wants @throws LoginError, StoreUnavailableError */
  begin(next: string): Promise<Sent>;
  /** @param onExchange called before the provider is asked; may throw @throws LoginError, StoreUnavailableError */
  finish(headers: Headers, answer: URLSearchParams, onExchange: () => void): Promise<Arrived>;
  /** The page that the person wanted who has begun a login in this browser; the first page where nobody has. @throws StoreUnavailableError */
  wanted(headers: Headers): Promise<string>;
  /** The value of `Set-Cookie` that removes the cookie of a login. */
  readonly forget: string;
}

/** The browser is sent to the provider. */
export interface Sent {
  readonly to: string;
  /** The value of `Set-Cookie`. */
  readonly cookie: string;
}

/** The person is back, with a name. */
export interface Arrived {
  readonly person: ClaimedPerson;
  readonly next: string;
}

export interface DoorParts {
  readonly openid: Openid;
  readonly issuer: string;
  readonly publicUrl: string;
  readonly store: FlowKeyStore;
  readonly clock: () => number;
}

/** The store, as far as a key that all replicas share is kept in it. */
export interface FlowKeyStore {
  writeSettingOnce(key: string, value: string): Promise<string>;
}

/**
 * As many logins under way are remembered as used. Anybody can begin one and come back at once, with a code that is made up: the
 * routes limit that by address. Each is over after ten minutes.
 */
const MOST_USED = 10_000;

export function createOpenidDoor({ openid, issuer, publicUrl, store, clock }: DoorParts): OpenidDoor {
  const isSecure = publicUrl.startsWith('https:');
  const name = isSecure ? '__Host-ec2op_login' : 'ec2op_login';
  const readKey = rememberKey(store);
  const used = createUsed(clock);
  const cookieOf = (value: string, maxAgeMs: number): string =>
    [
      `${name}=${value}`,
      'Path=/',
      'HttpOnly',
      'SameSite=Lax',
      `Max-Age=${Math.floor(maxAgeMs / 1_000)}`,
      ...(isSecure ? ['Secure'] : []),
    ].join('; ');
  const open = async (headers: Headers): Promise<Flow | undefined> => {
    const sealed = valueOf(headers, name);
    return sealed === undefined ? undefined : openFlow(sealed, await readKey(), clock());
  };
  return {
    issuer,
    publicUrl,
    forget: cookieOf('', 0),
    wanted: async (headers) => (await open(headers))?.next ?? '/',
    begin: async (next) => {
      const key = await readKey();
      const { url, flow } = await openid.begin(next);
      return { to: url.href, cookie: cookieOf(sealFlow(flow, key), FLOW_MS) };
    },
    finish: async (headers, answer, onExchange) => {
      const flow = await open(headers);
      if (flow === undefined)
        throw new LoginError(
          'stale',
          'expected the browser that began a login within the last ten minutes: log in again',
        );
      if (flow.state !== answer.get('state'))
        throw new LoginError('stale', 'expected the answer to the login that this browser began last: log in again');
      if (used.has(flow.state))
        throw new LoginError('stale', 'expected each answer of the login provider once: log in again');
      // An answer that has to wait counts later.
      onExchange();
      used.add(flow.state, flow.expiresAt);
      return { person: await openid.finish(flow, answer), next: flow.next };
    },
  };
}

/** There is none where the browser sends two of the same name, because another page has planted one of them. */
function valueOf(headers: Headers, name: string): string | undefined {
  const [value, ...more] = cookieValues(headers.get('cookie'), name);
  return more.length > 0 ? undefined : value;
}

/** Another replica may have made the key. */
function rememberKey(store: FlowKeyStore): () => Promise<string> {
  let known: string | undefined;
  return async () => (known ??= await store.writeSettingOnce('openid_flow_key', randomBytes(32).toString('base64url')));
}

/** The provider takes each code once, over all replicas; here the first look counts. */
function createUsed(clock: () => number) {
  const used = new Map<string, number>();
  return {
    has: (state: string): boolean => used.has(state),
    add: (state: string, until: number): void => {
      for (const [old, end] of used) if (end <= clock() || used.size >= MOST_USED) used.delete(old);
      used.set(state, until);
    },
  };
}

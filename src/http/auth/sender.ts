/** Who may come in. Whoever cannot name a token stays outside, before a single byte of the body is read. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { hasScope, type Scope, type Token } from '../../domain/scope.ts';
import type { Selector } from '../../domain/selector.ts';
import { ProblemError, type Problem } from '../problem.ts';

/** Names the sender. @throws ProblemError with 401; StoreUnavailableError when only the store knows whether it is a token */
export type Authenticate = (headers: Headers) => Promise<Sender>;

export interface Sender {
  /**
   * The token's name. `anyone` where every route is open; for a shared token what Basic's user says, or `token`; but
   * `AUTH_TOKEN` where the user gives a name that stands for somebody else.
   */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The only machines that the sender may act on; absent: any. */
  readonly only?: Selector;
}

export interface KnownToken extends Token {
  /** One that several people share: its holder is named by the user name of Basic authentication. */
  readonly isShared?: true;
}

/** Looks a token up by the SHA-256 of its text. Expired ones are found too, so that their holders can be told. */
export type FindToken = (digest: Buffer) => Promise<KnownToken | undefined>;

export function allowAnyone(): Authenticate {
  return async () => Promise.resolve({ name: 'anyone', scopes: ['admin'] });
}

/**
 * A token opens what its scopes say: as a bearer token, or as the password of Basic authentication.
 *
 * @param isNameTaken whether a name stands for somebody else: the holder of a shared token is not named by it
 */
export function requireToken(
  find: FindToken,
  clock: () => number,
  isNameTaken: (name: string) => Promise<boolean>,
): Authenticate {
  const nameOf = async (user: string | undefined): Promise<string> => {
    if (user === undefined) return 'token';
    return (await isNameTaken(user)) ? 'AUTH_TOKEN' : user;
  };
  return async (headers) => {
    const given = readCredentials(headers.get('authorization'));
    if (given === undefined)
      throw unauthorized('expected an Authorization header with the token, as Bearer or as the password of Basic');
    const token = await find(digestOf(given.secret));
    if (token === undefined)
      throw unauthorized('expected another token than the one in the Authorization header', { isFailedLogin: true });
    if (token.expiresAt !== undefined && token.expiresAt <= clock())
      throw unauthorized(
        `expected a token that is still valid: ${token.name} expired at ${new Date(token.expiresAt).toISOString()}`,
      );
    return {
      name: token.isShared === true ? await nameOf(given.user) : token.name,
      scopes: token.scopes,
      ...(token.only === undefined ? {} : { only: token.only }),
    };
  };
}

/** @throws ProblemError with 403 */
export function requireScope(sender: Sender, ...anyOf: readonly Scope[]): void {
  if (anyOf.some((scope) => hasScope(sender.scopes, scope))) return;
  const detail = `expected a token with the scope ${anyOf.join(' or ')}; ${sender.name} has ${sender.scopes.join(', ')}`;
  throw new ProblemError({ status: 403, detail });
}

/** What an intent has to know of its sender. */
export function rightsOf({ scopes, only }: Sender): Pick<Sender, 'scopes' | 'only'> {
  return { scopes, ...(only === undefined ? {} : { only }) };
}

/**
 * Compares with every token, whatever the ones before were: how long it takes tells nothing of any of them.
 *
 * @param digest SHA-256 of what the sender gave
 */
export function findAmong<T extends Token>(tokens: Iterable<T>, digest: Buffer): T | undefined {
  let found: T | undefined;
  for (const token of tokens) if (timingSafeEqual(Buffer.from(token.sha256, 'hex'), digest)) found = token;
  return found;
}

/** Of equal length whatever the text, as the comparison in constant time needs it. */
export function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** `listen.ts` sends each in a header of its own. */
const CHALLENGES = ['Bearer realm="ec2-operator"', 'Basic realm="ec2-operator"'];

export function unauthorized(detail: string, more: Pick<Problem, 'isFailedLogin'> = {}): ProblemError {
  return new ProblemError({ status: 401, detail, headers: { 'www-authenticate': CHALLENGES.join(', ') }, ...more });
}

/**
 * Browsers say where a request comes from. One from another site is refused, whatever it carries: a page that somebody
 * happens to look at must not be a lever on machines. Over plain HTTP they say it in Origin and Referer only.
 */
export function refuseCrossSite(headers: Headers): void {
  const site = headers.get('sec-fetch-site');
  const origin = headers.get('origin') ?? headers.get('referer');
  const isForeign = origin !== null && URL.parse(origin)?.host !== headers.get('host');
  if (site !== 'cross-site' && site !== 'same-site' && !isForeign) return;
  throw new ProblemError({ status: 403, detail: 'expected a request that no other web site has caused' });
}

/**
 * Browsers also fetch what nobody has asked for: an address that is still being typed (Chrome prerenders it), a link that
 * somebody might click. They send the credentials they remember along, and say so in one of these headers.
 */
export function refusePrefetch(headers: Headers): void {
  const purpose = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'].map((name) => headers.get(name) ?? '').join();
  if (!/prefetch|prerender|preview/i.test(purpose)) return;
  throw new ProblemError({
    status: 403,
    detail: 'expected a request that somebody has made, got one made ahead of time',
  });
}

/** An image on a page makes a browser fetch its address, wherever the page is from; nobody asks for a machine as an image. */
export function refuseImages(headers: Headers): void {
  if (!/^\s*image\//i.test(headers.get('accept') ?? '')) return;
  throw new ProblemError({ status: 403, detail: 'expected a request that somebody has made, got one for an image' });
}

/** What the header Authorization gives. Cookies are none: a browser sends them along on its own, whoever has caused the request. */
export function readCredentials(
  header: string | null,
): { readonly user?: string; readonly secret: string } | undefined {
  const [scheme, value] = header?.split(' ', 2) ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return { secret: value };
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 0) return undefined;
  const user = cleanName(decoded.slice(0, colon));
  return { ...(user === '' ? {} : { user }), secret: decoded.slice(colon + 1) };
}

/** The name is shown to people, so only what names are made of is kept of it. */
function cleanName(name: string): string {
  return name.replace(/[^\w.@-]/g, '').slice(0, 64);
}

/** Authenticates senders, before a single byte of the body is read. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isPerson } from '../../domain/person.ts';
import { describeScopes, isGranted, type Grant, type Scope, type Token } from '../../domain/scope.ts';
import { ProblemError, type Problem } from '../problem.ts';

/** Identifies the sender. @throws ProblemError with 401 or 403; StoreUnavailableError when only the store can know the sender */
export type Authenticate = (presented: Presented) => Promise<Sender>;

/** Identifies the sender by the Authorization header. @throws as `Authenticate` does */
export type AuthenticateToken = (headers: Headers) => Promise<Sender>;

/** The parts of a request that show its sender. */
export interface Presented {
  readonly headers: Headers;
  /** Names and values in turn, as they came: `headers` joins those of the same name. */
  readonly rawHeaders: readonly string[];
  /** The other end of the socket, which is a proxy where there is one. */
  readonly peer: string | undefined;
  /** The sender's address, behind proxies. */
  readonly remote: string;
  /**
   * What the request is for. Cookies, and what a proxy says about its people, go along with requests of any web site. So they count
   * where a request only reads, and where one of our own pages asks for a change. Routes for programs take tokens alone.
   */
  readonly use: 'read' | 'change' | 'program';
}

export interface Sender {
  /**
   * The token's name. `anyone` where every route is open. For a shared token the user name of Basic authentication, or
   * `token` without one, or `AUTH_TOKEN` where that user name belongs to another token.
   */
  readonly name: string;
  /** The sender may do what one of them allows. */
  readonly grants: readonly Grant[];
  /** A proxy's headers name the sender. Only the next request says whether they still would. */
  readonly isForwarded?: true;
  /** A signature shows the sender. A token that came beside it was not looked at. */
  readonly isSigned?: true;
}

export interface KnownToken extends Token {
  /** Several people share the token: the user name of Basic authentication names its holder. */
  readonly isShared?: true;
}

/** Looks a token up by the SHA-256 of its text. Expired tokens are found too, so that the answer can say so. */
export type FindToken = (digest: Buffer) => Promise<KnownToken | undefined>;

export function allowAnyone(): () => Promise<Sender> {
  return async () => Promise.resolve({ name: 'anyone', grants: [{ scopes: ['admin'] }] });
}

/**
 * Accepts a token as a bearer token, or as the password of Basic authentication.
 *
 * @param isNameTaken whether a name belongs to another token: it does not name the holder of a shared token
 */
export function requireToken(
  find: FindToken,
  clock: () => number,
  isNameTaken: (name: string) => Promise<boolean>,
): AuthenticateToken {
  const nameOf = async (user: string | undefined): Promise<string> => {
    if (user === undefined) return 'token';
    return (await isNameTaken(user)) ? 'AUTH_TOKEN' : user;
  };
  return async (headers) => {
    const given = readCredentials(headers.get('authorization'));
    if (given === undefined)
      throw unauthorized('expected an Authorization header with the token, as Bearer or as the password of Basic');
    const token = await proveToken(find, given.secret, clock());
    return {
      name: token.isShared === true ? await nameOf(given.user) : nameOfToken(token),
      grants: [grantOf(token)],
    };
  };
}

/** @throws ProblemError with 401 for a token that is not valid now */
export async function proveToken(find: FindToken, secret: string, now: number): Promise<KnownToken> {
  const token = await find(digestOf(secret));
  if (token === undefined) throw unauthorized('expected a valid token, got an unknown one', { isFailedLogin: true });
  if (token.expiresAt === undefined || token.expiresAt > now) return token;
  const since = new Date(token.expiresAt).toISOString();
  throw unauthorized(`expected a token that is still valid: ${token.name} expired at ${since}`);
}

/** The rights of a token, or of a setting. */
export function grantOf({ scopes, only }: Grant): Grant {
  return { scopes, ...(only === undefined ? {} : { only }) };
}

/** The name of a token's holder who does not say her own. */
export function nameOfToken({ name, isShared }: Pick<KnownToken, 'name' | 'isShared'>): string {
  return isShared === true ? 'token' : name;
}

/** @throws ProblemError with 403 */
export function requireScope({ name, grants }: Sender, ...anyOf: readonly Scope[]): void {
  if (anyOf.some((scope) => isGranted(grants, scope))) return;
  const [needed, given] = [anyOf.join(' or '), describeScopes(grants)];
  if (isPerson(name))
    throw new ProblemError(
      403,
      `expected a person with the scope ${needed}; ${name} has ${given}: the setting people gives scopes`,
    );
  throw new ProblemError(403, `expected a token with the scope ${needed}; ${name} has ${given}`);
}

/**
 * Compares with every token, even after a match, so that the duration reveals nothing about the tokens.
 *
 * @param digest SHA-256 of the text that the sender gave
 */
export function findAmong<T extends Token>(tokens: Iterable<T>, digest: Buffer): T | undefined {
  let found: T | undefined;
  for (const token of tokens) if (timingSafeEqual(Buffer.from(token.sha256, 'hex'), digest)) found = token;
  return found;
}

/** Digests have equal lengths, which the comparison in constant time needs. */
export function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** `listen.ts` sends each in a separate header. */
const CHALLENGES = ['Bearer realm="ec2-operator"', 'Basic realm="ec2-operator"'];

export function unauthorized(detail: string, more: Pick<Problem, 'isFailedLogin'> = {}): ProblemError {
  return new ProblemError(401, detail, { headers: { 'www-authenticate': CHALLENGES.join(', ') }, ...more });
}

/**
 * Refuses what browsers fetch unasked, with the credentials they remember: an address that is still being typed (Chrome
 * prerenders it), a link that might be clicked next, an image on any page. Nor do our own pages lead to a route that acts: a link there has
 * come from an alert, or from the address of the login.
 */
export function refuseUnasked(headers: Headers): void {
  const purpose = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'].map((name) => headers.get(name) ?? '').join();
  if (/prefetch|prerender|preview/i.test(purpose))
    throw new ProblemError(403, 'expected a request that a person made, got one made ahead of time');
  if (/^\s*image\//i.test(headers.get('accept') ?? ''))
    throw new ProblemError(403, 'expected a request that a person made, got one for an image');
  if (headers.get('sec-fetch-site') === 'same-origin')
    throw new ProblemError(403, 'expected a request that a person made, got one that a page led to');
}

/** Reads the Authorization header. Cookies are not credentials: browsers send them with requests of any web site. */
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

/** Logs and records show the name, so characters that names do not have are removed. */
function cleanName(name: string): string {
  return name.replace(/[^\w.@-]/g, '').slice(0, 64);
}

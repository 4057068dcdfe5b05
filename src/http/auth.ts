/** Who may come in. Whoever cannot name a token stays outside, before a single byte of the body is read. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { ProblemError } from './problem.ts';

/** Names the sender, or throws a ProblemError. */
export type Authenticate = (headers: Headers) => Sender;

export interface Sender {
  /** The name that Basic authentication gave; `token` for a bearer, `anyone` where every route is open. */
  readonly name: string;
}

export function allowAnyone(): Authenticate {
  return () => ({ name: 'anyone' });
}

/** One token opens every route: as a bearer token, or as the password of Basic authentication (with any user name). */
export function requireToken(token: string): Authenticate {
  const expected = digest(token);
  return (headers) => {
    const given = readCredentials(headers.get('authorization'));
    if (given !== undefined && timingSafeEqual(digest(given.secret), expected)) return { name: given.name };
    const detail =
      given === undefined
        ? 'expected an Authorization header with the token, as Bearer or as the password of Basic'
        : 'expected another token than the one in the Authorization header';
    throw new ProblemError({
      status: 401,
      detail,
      headers: { 'www-authenticate': 'Bearer realm="ec2-operator", Basic realm="ec2-operator"' },
    });
  };
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

function readCredentials(header: string | null): { readonly name: string; readonly secret: string } | undefined {
  const [scheme, value] = header?.split(' ', 2) ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === 'bearer') return { name: 'token', secret: value };
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const decoded = Buffer.from(value, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 0) return undefined;
  return { name: cleanName(decoded.slice(0, colon)), secret: decoded.slice(colon + 1) };
}

/** The name is shown to people, so only what names are made of is kept of it. */
function cleanName(name: string): string {
  return name.replace(/[^\w.@-]/g, '').slice(0, 64) || 'token';
}

/** Equal lengths for the comparison in constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Whether a request comes from our own pages. Browsers send cookies, and proxies their headers, with requests of any web site. */
import { isIP } from 'node:net';
import { isLoopback } from '../../domain/loopback.ts';
import { ProblemError } from '../problem.ts';
import type { CookieKind } from './cookie.ts';

export interface Origins {
  /** As `refuseCrossSite`. */
  readonly refuseForeign: (headers: Headers) => void;
  /** With a public URL, a name in Host counts no longer. @returns the origin of our own page that has caused the request. @throws ProblemError with 403 */
  readonly requireOwn: (headers: Headers) => string;
  /** Whether the request names the host of a public URL with https. */
  readonly isSecure: (headers: Headers) => boolean;
  /** The cookies that count for a request. */
  readonly kinds: (headers: Headers) => readonly CookieKind[];
  /** The cookie for a browser that sees our pages at this origin. @throws ProblemError with 400 where it would be open to everybody */
  readonly kindAt: (origin: string) => CookieKind;
}

export const WHY_INSECURE =
  'expected HTTPS: over plain HTTP, whoever listens on the network could take over the session. Use TLS (TLS_CERT, or a proxy and public_url), or a tunnel to localhost, or set login.insecure';

export function createOrigins(publicUrl: string | undefined, isInsecure: boolean): Origins {
  const known = URL.parse(publicUrl ?? '');
  return {
    refuseForeign: (headers) => {
      refuseCrossSite(headers, known);
    },
    requireOwn: (headers) => {
      const origin = headers.get('origin');
      const isOurs = known === null ? isOwn : isFixed;
      if (origin !== null && !isForeignSite(headers) && isOurs(origin, headers, known)) return origin;
      throw new ProblemError(
        403,
        known === null
          ? 'expected a request of our own pages, which no other web site caused (Origin): programs send a token, and a proxy that changes Host needs public_url'
          : `expected a request of our own pages at ${known.origin} (public_url), which no other web site caused (Origin): open the pages there, and let programs send a token`,
      );
    },
    isSecure: (headers) => known?.protocol === 'https:' && known.host === headers.get('host'),
    kinds: (headers) => (isInsecure || isDirectlyLocal(headers) ? ['secure', 'plain'] : ['secure']),
    kindAt: (origin) => {
      const url = URL.parse(origin);
      if (url?.protocol === 'https:') return 'secure';
      if (isInsecure || isLoopback(url?.hostname ?? '')) return 'plain';
      throw new ProblemError(400, WHY_INSECURE);
    },
  };
}

/**
 * Refuses what a page of another web site made a browser send, whatever credentials it carries. Browsers name the site in
 * Sec-Fetch-Site; over plain HTTP in Origin and Referer only.
 *
 * @param known the public URL
 * @throws ProblemError with 403
 */
export function refuseCrossSite(headers: Headers, known: URL | null = null): void {
  const origin = headers.get('origin') ?? headers.get('referer');
  // A page that was led here by DNS knows no token. Where none is asked for (AUTH=none), its origin is all that tells it.
  const isOurs = known === null || headers.has('authorization') ? isOwn : isFixed;
  if (!isForeignSite(headers) && (origin === null || isOurs(origin, headers, known))) return;
  throw new ProblemError(403, 'expected a request that no other web site caused');
}

function isOwn(origin: string, headers: Headers, known: URL | null): boolean {
  const url = URL.parse(origin);
  if (url === null) return false;
  // Where the public URL says https, a page of the same host over plain HTTP may be anybody's.
  return url.host === known?.host ? url.origin === known.origin : url.host === headers.get('host');
}

/**
 * Whether the origin is of our own pages, whatever a DNS server says: it can lead the name of any site to this server (DNS
 * rebinding), and the browser then sends the same foreign name as Origin and Host. It cannot do so with an address, nor with
 * localhost.
 */
function isFixed(origin: string, headers: Headers, known: URL | null): boolean {
  const url = URL.parse(origin);
  if (url === null) return false;
  if (url.origin === known?.origin) return true;
  return isOwn(origin, headers, known) && (isLoopback(url.hostname) || isIP(bare(url.hostname)) !== 0);
}

/** @param host as in URLs: IPv6 in brackets */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

/**
 * Whether the answer may be read with what browsers send along by themselves. A link in a message comes from another site, too, and
 * leads to a whole page, which that site cannot see.
 */
export function mayRead(headers: Headers): boolean {
  if (!isForeignSite(headers)) return true;
  return headers.get('sec-fetch-mode') === 'navigate' && headers.get('sec-fetch-dest') === 'document';
}

/** A header that is not as browsers send it, such as one that came twice, may be of another site. */
function isForeignSite(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site');
  return site !== null && site !== 'same-origin' && site !== 'none';
}

/**
 * Safari keeps no secure cookies of localhost, so the plain one counts there. A proxy that writes localhost into Host also says whom
 * it forwards, and its people have the secure one.
 */
function isDirectlyLocal(headers: Headers): boolean {
  const isForwarded = ['x-forwarded-for', 'x-forwarded-proto', 'forwarded', 'via'].some((name) => headers.has(name));
  return !isForwarded && isLoopback(URL.parse(`http://${headers.get('host') ?? ''}`)?.hostname ?? '');
}

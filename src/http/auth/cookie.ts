/** The one cookie there is: its names, and how it is read strictly and written. */
import { cookieValues } from '../../domain/cookie-values.ts';

/**
 * With the prefix, browsers take the cookie over a secure connection only, from this very host, for all of its paths: no neighbouring
 * host can plant one. Where people log in over plain HTTP, the cookie has the name without the prefix.
 */
export const COOKIE_NAMES = { secure: '__Host-ec2op_session', plain: 'ec2op_session' } as const;
export type CookieKind = keyof typeof COOKIE_NAMES;

/** Browsers drop a longer one without a word. In bytes, of name and value. */
export const LONGEST_COOKIE = 4_096;

export function lengthOf(kind: CookieKind, value: string): number {
  return COOKIE_NAMES[kind].length + '='.length + value.length;
}

/**
 * The value of the session's cookie. There is none where the browser sends two of the same name, because another page has planted
 * one of them.
 */
export function readCookie(headers: Headers, kind: CookieKind): string | undefined {
  const values = cookiesOf(headers, kind);
  const [value] = values;
  return value === undefined || values.length > 1 || value.length > LONGEST_COOKIE ? undefined : value;
}

/** Whether the browser sends it, in whatever form. */
export function hasCookie(headers: Headers, kind: CookieKind): boolean {
  return cookiesOf(headers, kind).length > 0;
}

/** The value of `Set-Cookie`. @param maxAgeMs until the browser forgets it; 0: at once */
export function writeCookie(kind: CookieKind, value: string, maxAgeMs: number): string {
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Lax', `Max-Age=${Math.floor(maxAgeMs / 1_000)}`];
  if (kind === 'secure') attributes.push('Secure');
  return [`${COOKIE_NAMES[kind]}=${value}`, ...attributes].join('; ');
}

/** The values of all that the browser sends: another page may have planted some of them. */
export function cookiesOf(headers: Headers, kind: CookieKind): readonly string[] {
  return cookieValues(headers.get('cookie'), COOKIE_NAMES[kind]);
}

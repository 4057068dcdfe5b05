/** Logging in as a browser does. */
import assert from 'node:assert/strict';
import type { Operator } from './operator.ts';
import { send, type RawAnswer } from './raw-http.ts';
import { secretOf } from './tokens.ts';

type Given = Readonly<Record<string, string>>;

/** The headers of a request that a page of ours has caused. */
export function ownOf({ url }: Pick<Operator, 'url'>): { readonly origin: string } {
  return { origin: url };
}

export async function postForm(
  { url }: Pick<Operator, 'url'>,
  path: string,
  form: Given,
  headers: Given = { origin: url },
): Promise<RawAnswer> {
  const body = String(new URLSearchParams(form));
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  return send(`${url}${path}`, { method: 'POST', headers: { ...type, ...headers }, chunks: [body] });
}

/** Logs in with the token of this name. @returns the header by which the browser shows it from then on */
export async function logIn(
  operator: Pick<Operator, 'url'>,
  name: string,
  headers: Given = {},
): Promise<{ readonly cookie: string }> {
  const answer = await postForm(operator, '/login', { token: secretOf(name) }, { ...ownOf(operator), ...headers });
  assert.equal(answer.status, 303, answer.text);
  return { cookie: cookieOf(answer) };
}

/** The cookie that an answer sets, as a browser sends it back. */
export function cookieOf({ headers }: RawAnswer): string {
  const [, cookie] =
    /^((?:__Host-)?ec2op_session=[^;]+); Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+(?:; Secure)?$/.exec(
      headers.get('set-cookie') ?? '',
    ) ?? [];
  assert.ok(cookie, String(headers.get('set-cookie')));
  return cookie;
}

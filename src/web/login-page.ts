/** The page on which people log in. */
import { html } from 'hono/html';
import { isLoopback } from '../domain/loopback.ts';
import { plain, sentence } from '../domain/plain.ts';
import { begin } from '../domain/told-sentence.ts';
import { WHY_INSECURE } from '../http/auth/origin.ts';
import type { Sender } from '../http/auth/sender.ts';
import type { HttpParts } from '../http/parts.ts';
import { answerFramed, type FrameParts } from './frame.ts';
import { rootOf, type Html } from './page.ts';

export interface LoginShown {
  /** Where the person goes afterwards. */
  readonly next: string;
  /** Who is logged in already. */
  readonly sender?: Sender;
  /** Why a login has failed. */
  readonly problem?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

type Parts = Pick<HttpParts, 'login' | 'openid' | 'tokens'> & FrameParts;

export async function answerLoginPage(parts: Parts, request: Request, shown: LoginShown): Promise<Response> {
  const { status, headers = {} } = shown;
  const body = html`<h1>Log in</h1>
    ${notice(shown.problem)} ${parts.tokens.areAsked ? ways(parts, request, shown) : openToAll(request)}`;
  const response = await answerFramed(
    parts,
    { request },
    { title: 'Log in', body, ...(status === undefined ? {} : { status }) },
  );
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

function notice(problem: string | undefined): Html | string {
  return problem === undefined
    ? ''
    : html`<p class="note bad" role="alert">${begin(sentence(plain(problem, 400)))}</p>`;
}

function openToAll(request: Request): Html {
  return html`<p>Nobody needs to log in here: AUTH=none opens everything to everybody who reaches this server.</p>
    <p><a href="${rootOf(request)}">All machines</a></p>`;
}

function ways({ login, openid }: Parts, request: Request, { next, sender }: LoginShown): Html {
  const root = rootOf(request);
  const there =
    sender === undefined
      ? ''
      : html`<p>
          You are logged in as <b>${plain(sender.name, 140)}</b>. <a href="${root}${next.slice(1)}">Go on</a>, or log in
          anew:
        </p>`;
  if (isInTheClear(login, request))
    return html`${there}
      <p class="note bad">${begin(sentence(WHY_INSECURE))}</p>`;
  const proxy =
    login.ways.forwarded && sender === undefined
      ? html`<p>
          A proxy in front of this server logs people in. This request has come past it: use the address of the proxy,
          or a token.
        </p>`
      : '';
  const provider =
    openid === undefined
      ? ''
      : html`<p>
          <a class="button" href="${openid.publicUrl}/login/oidc?next=${encodeURIComponent(next)}"
            >Log in at ${new URL(openid.issuer).host}</a
          >
        </p>`;
  return html`${there} ${proxy} ${provider}
    <form class="login" method="post" action="${root}login">
      <input type="hidden" name="next" value="${next}" />
      <label for="token">Token</label>
      <input id="token" name="token" type="password" autocomplete="current-password" spellcheck="false" required />
      <button>Log in</button>
      <p class="hint">
        The token of AUTH_TOKEN, or one that <code>ec2-operator token create</code> has made. It is not stored in the
        browser.
      </p>
    </form>`;
}

/** Browsers name the site of a request only where the page is secure for them; old ones nowhere, behind a proxy that says so. */
function isInTheClear({ origins }: Parts['login'], { headers, url }: Request): boolean {
  const isSecure =
    headers.has('sec-fetch-site') ||
    url.startsWith('https:') ||
    headers.get('x-forwarded-proto') === 'https' ||
    origins.isSecure(headers);
  return !isSecure && !origins.kinds(headers).includes('plain') && !isLoopback(new URL(url).hostname);
}

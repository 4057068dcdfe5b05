/** `/login/oidc` and `/login/callback`: people go to the OpenID provider, and come back with a name. */
import { nextPath } from '../../domain/next-path.ts';
import { nameOfPerson, parseUser } from '../../domain/person.ts';
import type { OpenidDoor } from '../../openid/door.ts';
import { LoginError, reasonsOf, type LoginFault } from '../../openid/login-error.ts';
import { answerLoginPage } from '../../web/login-page.ts';
import type { CookieKind } from '../auth/cookie.ts';
import { watchAnswer } from '../auth/guesses.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import type { Input } from '../route.ts';
import { answerLoggedIn, whoIsThere } from './login.ts';

interface ProviderQuery {
  readonly next?: string | undefined;
}

/** @throws ProblemError with 400 or 404 */
export async function goToProvider(parts: HttpParts, input: Input<unknown, ProviderQuery>): Promise<Response> {
  const openid = requireOpenid(parts);
  // A session that could not begin does not turn its sender away.
  kindOf(parts, openid);
  const next = nextPath(input.query.next);
  try {
    const { to, cookie } = await openid.begin(next);
    return new Response(null, { status: 303, headers: { location: to, 'set-cookie': cookie } });
  } catch (error) {
    return answerFault(parts, input, { error, next });
  }
}

/** @throws ProblemError with 400, 404 or 429 */
export async function returnFromProvider(parts: HttpParts, input: Input): Promise<Response> {
  const openid = requireOpenid(parts);
  const kind = kindOf(parts, openid);
  const { request, remote } = input;
  let onKnown: ((hasFailed: boolean) => void) | undefined;
  try {
    const { person, next } = await openid.finish(request.headers, new URL(request.url).searchParams, () => {
      onKnown = watchAnswer(parts, remote);
    });
    const user = parseUser(person.name, 'the claim of the login provider');
    if (!user.ok) throw new LoginError('denied', user.message);
    const { groups, at } = person;
    const named = { user: user.value, groups, ...(at === undefined ? {} : { at }) };
    const begun = await parts.login.sessions.begin({ way: 'oidc', ...named }, kind, request.headers);
    const who = nameOfPerson(named);
    parts.log.info({ who, remote, way: 'oidc' }, 'a person has logged in');
    if (person.lacksGroups)
      parts.log.warn({ who }, 'the login provider has left the groups of a person out, because there are too many');
    const response = answerLoggedIn(parts, request, begun, next);
    response.headers.append('set-cookie', openid.forget);
    onKnown?.(false);
    return response;
  } catch (error) {
    // A person whom the provider denies has its word for that.
    onKnown?.(error instanceof LoginError && error.fault !== 'denied');
    const response = await answerFault(parts, input, { error, next: await openid.wanted(request.headers) });
    // A login that was begun in another window goes on.
    if (error instanceof LoginError && error.fault !== 'stale') response.headers.append('set-cookie', openid.forget);
    return response;
  }
}

function requireOpenid({ openid }: HttpParts): OpenidDoor {
  if (openid !== undefined) return openid;
  throw new ProblemError(404, 'no OpenID provider is configured (login.oidc)');
}

function kindOf({ login }: HttpParts, { publicUrl }: OpenidDoor): CookieKind {
  return login.origins.kindAt(new URL(publicUrl).origin);
}

const STATUSES: Readonly<Record<LoginFault, number>> = { provider_down: 502, denied: 403, stale: 400, unproven: 400 };

/** The login page with the reason, so that the person can try again or use a token. */
async function answerFault(
  parts: HttpParts,
  input: Input,
  { error, next }: { readonly error: unknown; readonly next: string },
): Promise<Response> {
  if (!(error instanceof LoginError)) throw error;
  const { fault, message } = error;
  // Anybody can come back without having gone.
  if (fault !== 'stale')
    parts.warnSparingly({ remote: input.remote, fault, why: reasonsOf(error) }, 'a login by OpenID Connect has failed');
  const { sender } = await whoIsThere(parts, input);
  const shown = { next, problem: message, status: STATUSES[fault], ...(sender === undefined ? {} : { sender }) };
  return answerLoginPage(parts, input.request, shown);
}

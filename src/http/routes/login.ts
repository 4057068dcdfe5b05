/** `/login` and `/logout`: sessions of people in browsers. */
import { nextPath } from '../../domain/next-path.ts';
import { readForm } from '../../web/form.ts';
import { answerLoginPage, type LoginShown } from '../../web/login-page.ts';
import { rootOf } from '../../web/page.ts';
import { answerGuess, watchGuess } from '../auth/guesses.ts';
import { nameOfToken, type KnownToken } from '../auth/sender.ts';
import type { Changed } from '../auth/sessions.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError } from '../problem.ts';
import type { Input } from '../route.ts';

interface LoginQuery {
  readonly next?: string | undefined;
}

export async function showLogin(parts: HttpParts, input: Input<unknown, LoginQuery>): Promise<Response> {
  const shown = await whoIsThere(parts, input);
  return answerLoginPage(parts, input.request, { next: nextPath(input.query.next), ...shown });
}

/**
 * A person who is logged in already may log in anew: with a token that lets her do more. Only sessions and a proxy's headers say who
 * she is: open routes see no token.
 */
export async function whoIsThere(
  { authenticate }: HttpParts,
  { presented }: Pick<Input, 'presented'>,
): Promise<Pick<LoginShown, 'sender' | 'problem'>> {
  try {
    return { sender: await authenticate(presented) };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return error.problem.status === 401 ? {} : { problem: error.problem.detail };
  }
}

/** @throws ProblemError with 400 or 403 */
export async function logIn(parts: HttpParts, { request, remote }: Input): Promise<Response> {
  const { login, log } = parts;
  const kind = login.origins.kindAt(login.origins.requireOwn(request.headers));
  const form = await readForm(request);
  const next = nextPath(form.get('next'));
  const proved = await proveGuess(parts, form.get('token') ?? '', { request, remote });
  if (proved instanceof ProblemError) {
    const { status, detail: problem, headers = {} } = proved.problem;
    const { 'www-authenticate': _, ...rest } = headers;
    return answerLoginPage(parts, request, { next, problem, status, headers: rest });
  }
  const begun = await login.sessions.begin({ way: 'token', token: proved }, kind, request.headers);
  log.info({ who: nameOfToken(proved), remote, way: 'token' }, 'a person has logged in');
  return answerLoggedIn(parts, request, begun, next);
}

/** @param next as `nextPath` gives it */
export function answerLoggedIn(parts: HttpParts, request: Request, begun: Changed, next: string): Response {
  return answerChanged(parts, `${rootOf(request)}${next.slice(1)}`, begun);
}

/** Strangers can log out as often as they like: all open pages are asked for their right only where a session has ended. */
function answerChanged(
  { eventStreams }: Pick<HttpParts, 'eventStreams'>,
  location: string,
  { cookies, hasEnded }: Changed,
): Response {
  if (hasEnded) eventStreams.askAgain();
  const response = new Response(null, { status: 303, headers: { location } });
  for (const cookie of cookies) response.headers.append('set-cookie', cookie);
  return response;
}

/** A pasted token counts for the limit of guesses as one in the Authorization header does. @returns why it is not taken */
async function proveGuess(
  parts: HttpParts,
  pasted: string,
  { request, remote }: Pick<Input, 'request' | 'remote'>,
): Promise<KnownToken | ProblemError> {
  const text = pasted.trim();
  if (!/^[\x21-\x7e]{1,4096}$/.test(text))
    return new ProblemError(401, 'expected a token, in printable ASCII without white space');
  try {
    const guess = watchGuess(parts, new Headers({ authorization: `Bearer ${text}` }), remote);
    const token = await parts.login.proveToken(text).finally(guess.over);
    guess.right();
    return token;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return answerGuess(parts, error, remote, new URL(request.url).pathname) ?? error;
  }
}

interface LogoutParts extends Pick<HttpParts, 'eventStreams'> {
  readonly login: Pick<HttpParts['login'], 'origins' | 'sessions'>;
  readonly log: Pick<HttpParts['log'], 'info'>;
}

/** @throws ProblemError with 403; StoreUnavailableError, when a copy of the cookie would still be good */
export async function logOut(
  parts: LogoutParts,
  { request, remote }: Pick<Input, 'request' | 'remote'>,
): Promise<Response> {
  const { login, log } = parts;
  login.origins.requireOwn(request.headers);
  const changed = await login.sessions.end(request.headers);
  if (changed.hasEnded) log.info({ remote }, 'a person has logged out');
  return answerChanged(parts, `${rootOf(request)}login`, changed);
}

/** Problems on pages, as people see them in a browser. */
import { StoreUnavailableError } from '../store/port.ts';
import { rootOf } from '../web/page.ts';
import { answerProblemPage } from '../web/problem-page.ts';
import type { Sender } from './auth/sender.ts';
import { strangerIn, type Arrived } from './handle-request.ts';
import type { HttpParts } from './parts.ts';
import { toResponse, type Problem } from './problem.ts';
import { whoIsThere } from './routes/login.ts';

/**
 * A browser that loads a page is led to the login where a right is missing. The answer has no challenge: browsers would show a
 * window of their own that asks for a name and a password.
 */
export async function answerProblem(
  parts: HttpParts,
  { request, sender }: { readonly request: Request; readonly sender?: Sender },
  problem: Problem,
): Promise<Response> {
  const { 'www-authenticate': _, ...headers } = problem.headers ?? {};
  if (!wantsPage(request.headers)) return toResponse({ ...problem, headers });
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  if (problem.status === 401 && problem.isFailedLogin !== true && isReading) {
    const { pathname, search } = new URL(request.url);
    // Relative: a proxy may serve all pages below a path of its own.
    const location = `${rootOf(request)}login?next=${encodeURIComponent(pathname + search)}`;
    return new Response(null, { status: 303, headers: { location } });
  }
  const response = await answerProblemPage(parts, { request, ...(sender === undefined ? {} : { sender }) }, problem);
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

/** Where no route is: a page has the bar of who is logged in there. Without the store, that is not known. */
export async function answerLost(parts: HttpParts, arrived: Arrived, problem: Problem): Promise<Response> {
  const { request } = arrived;
  if (!wantsPage(request.headers)) return answerProblem(parts, { request }, problem);
  const known = await whoIsThere(parts, { presented: strangerIn(arrived, 'read') }).catch((error: unknown) => {
    if (error instanceof StoreUnavailableError) return {};
    throw error;
  });
  return answerProblem(parts, { request, ...known }, problem);
}

/** Browsers ask for a name and a password in a window of their own where a script of a page gets the challenge of Basic. */
export function withoutWindow({ headers }: Request, problem: Problem): Problem {
  if (problem.headers?.['www-authenticate'] === undefined || headers.get('sec-fetch-dest') !== 'empty') return problem;
  return { ...problem, headers: { ...problem.headers, 'www-authenticate': 'Bearer realm="ec2-operator"' } };
}

export function wantsPage(headers: Headers): boolean {
  return /\btext\/html\b/i.test(headers.get('accept') ?? '');
}

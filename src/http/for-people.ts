/** Problems on pages, as people see them in a browser. */
import { rootOf } from '../web/page.ts';
import { answerProblemPage } from '../web/problem-page.ts';
import type { Sender } from './auth/sender.ts';
import type { HttpParts } from './parts.ts';
import { toResponse, type Problem } from './problem.ts';

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

/** Browsers ask for a name and a password in a window of their own where a script of a page gets the challenge of Basic. */
export function withoutWindow({ headers }: Request, problem: Problem): Problem {
  if (problem.headers?.['www-authenticate'] === undefined || headers.get('sec-fetch-dest') !== 'empty') return problem;
  return { ...problem, headers: { ...problem.headers, 'www-authenticate': 'Bearer realm="ec2-operator"' } };
}

export function wantsPage(headers: Headers): boolean {
  return /\btext\/html\b/i.test(headers.get('accept') ?? '');
}

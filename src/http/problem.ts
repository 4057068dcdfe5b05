/** Errors as `application/problem+json` (RFC 9457): short, since Alertmanager copies them into its log, and without secrets. */

export interface Problem {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 429 | 500 | 502 | 503;
  /** What was expected, what came, what to do. */
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Members of our own, such as receipts. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Somebody tried a token or a signature that is wrong: counted against the address it came from. */
  readonly isFailedLogin?: true;
}

const TITLES: Readonly<Record<Problem['status'], string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/** A refusal on its way out of a handler. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export function toResponse({ status, detail, headers, extra }: Problem): Response {
  return new Response(JSON.stringify({ title: TITLES[status], status, detail, ...extra }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}

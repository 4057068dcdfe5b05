/** Errors as `application/problem+json` (RFC 9457): short, since Alertmanager copies them into its log, and without secrets. */
import { STATUS_CODES } from 'node:http';

export interface Problem extends ProblemExtras {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 429 | 500 | 502 | 503;
  /** Says what was expected, what came, and what to do. */
  readonly detail: string;
}

interface ProblemExtras {
  readonly headers?: Readonly<Record<string, string>>;
  /** Members of our own, such as receipts. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** The token or signature was wrong: counted against the sender's address. */
  readonly isFailedLogin?: true;
}

/** Thrown where a request is refused. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(status: Problem['status'], detail: string, extras: ProblemExtras = {}) {
    super(detail);
    this.problem = { status, detail, ...extras };
  }
}

export function toResponse({ status, detail, headers, extra }: Problem): Response {
  return new Response(JSON.stringify({ title: STATUS_CODES[status], status, detail, ...extra }), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });
}

/** What becomes of a request whose token or signature may be a guess. */
import { digestOf, readCredentials } from './sender.ts';
import type { HttpParts } from '../parts.ts';
import { ProblemError, type Problem } from '../problem.ts';
import { SHORTEST_SECRET } from './secret-file.ts';

type Parts = Pick<HttpParts, 'logins' | 'admissions' | 'observer' | 'warnSparingly'>;

/**
 * Watches a request before its token is looked at.
 *
 * @param onAdmitted is called once it has shown who sends it
 * @throws ProblemError with 429 for a token that can be guessed, from an address that may not guess
 */
export function watchGuess(
  { logins, admissions }: Parts,
  headers: Headers,
  remote: string,
  onAdmitted: () => void,
): void {
  const secret = readCredentials(headers.get('authorization'))?.secret;
  if (secret === undefined || secret.length >= SHORTEST_SECRET) {
    admissions.watch(headers, onAdmitted);
    return;
  }
  const sha256 = digestOf(secret).toString('hex');
  const seconds = logins.waitFor(remote);
  if (seconds !== undefined && !logins.hasSucceeded(remote, sha256)) throw new ProblemError(tooMany(remote, seconds));
  admissions.watch(headers, () => {
    logins.succeeded(remote, sha256);
    onAdmitted();
  });
}

/** Counts a wrong token or signature. @returns the answer instead of the one that says so, for one too many */
export function answerGuess(parts: Parts, error: unknown, remote: string, path: string): Problem | undefined {
  if (!(error instanceof ProblemError) || error.problem.isFailedLogin !== true) return undefined;
  parts.observer.loginFailed();
  const seconds = parts.logins.waitFor(remote);
  if (seconds !== undefined) return tooMany(remote, seconds);
  parts.logins.failed(remote);
  parts.warnSparingly({ remote, path: path.slice(0, 100) }, 'a request came with wrong credentials');
  return undefined;
}

function tooMany(remote: string, seconds: number): Problem {
  const detail = `too many wrong tokens or signatures have come from ${remote}: try again in ${seconds} s`;
  return { status: 429, detail, headers: { 'retry-after': String(seconds) } };
}

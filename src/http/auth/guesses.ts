/** Limits guesses of tokens and signatures. */
import type { Observer } from '../../observe/observer.ts';
import { ProblemError } from '../problem.ts';
import type { FewLines } from './few-lines.ts';
import type { LoginLimit } from './login-limit.ts';
import { SHORTEST_SECRET } from './secret-file.ts';
import { digestOf, readCredentials } from './sender.ts';

interface Parts {
  readonly logins: LoginLimit;
  readonly observer: Pick<Observer, 'loginFailed'>;
  readonly warnSparingly: FewLines;
}

/** A token that is being proved. One of the two is to be called; afterwards `over` does nothing. */
export interface Guess {
  readonly right: () => void;
  /** It was wrong, or cannot be proved now. */
  readonly over: () => void;
}

const NO_GUESS: Guess = { right: () => undefined, over: () => undefined };

/**
 * Called before the token is checked.
 *
 * @throws ProblemError with 429 for a short token from an address with too many failures
 */
export function watchGuess({ logins }: Pick<Parts, 'logins'>, headers: Headers, remote: string): Guess {
  const secret = readCredentials(headers.get('authorization'))?.secret;
  if (secret === undefined || secret.length >= SHORTEST_SECRET) return NO_GUESS;
  const sha256 = digestOf(secret).toString('hex');
  if (logins.hasSucceeded(remote, sha256)) return NO_GUESS;
  const seconds = logins.waitFor(remote);
  if (seconds !== undefined) throw tooMany(remote, seconds);
  const over = logins.proving(remote, sha256);
  return {
    right: () => {
      over();
      logins.succeeded(remote, sha256);
    },
    over,
  };
}

/** Counts a wrong token or signature. @returns the 429 that replaces the error after too many failures */
export function answerGuess(parts: Parts, error: unknown, remote: string, path: string): ProblemError | undefined {
  if (!(error instanceof ProblemError) || error.problem.isFailedLogin !== true) return undefined;
  parts.observer.loginFailed();
  const seconds = parts.logins.waitFor(remote);
  if (seconds !== undefined) return tooMany(remote, seconds);
  parts.logins.failed(remote);
  parts.warnSparingly({ remote, path }, 'a request came with wrong credentials');
  return undefined;
}

/**
 * Called before an answer of a login provider is proved there: strangers must not drive its token endpoint through this server. Until
 * it is proved, an answer counts as failed, because hundreds may come at once.
 *
 * @returns to be called when it has failed, or has not
 * @throws ProblemError with 429 for an address with too many failures
 */
export function watchAnswer(
  { logins, observer }: Omit<Parts, 'warnSparingly'>,
  remote: string,
): (hasFailed: boolean) => void {
  const seconds = logins.waitFor(remote);
  if (seconds !== undefined) throw wait(seconds, `too many failed logins from ${remote}: try again in ${seconds} s`);
  logins.failed(remote);
  return (hasFailed) => {
    if (hasFailed) observer.loginFailed();
    else logins.forgive(remote);
  };
}

function tooMany(remote: string, seconds: number): ProblemError {
  return wait(seconds, `too many wrong tokens or signatures from ${remote}: try again in ${seconds} s`);
}

function wait(seconds: number, detail: string): ProblemError {
  return new ProblemError(429, detail, { headers: { 'retry-after': String(seconds) } });
}

/** Why a login by the OpenID provider does not succeed. */
export type LoginFault =
  /** No answer, or none that can be used. */
  | 'provider_down'
  /** The provider says no, or the person did. */
  | 'denied'
  /** The browser comes back without having been sent, too late, or a second time. */
  | 'stale'
  /** The answer fails a check: it is not from this provider, not for us, not for this login. */
  | 'unproven';

/** The message is for the person who logs in; the cause is for the log. */
export class LoginError extends Error {
  override readonly name = 'LoginError';
  readonly fault: LoginFault;

  constructor(fault: LoginFault, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.fault = fault;
  }
}

/** For the log: the sentence, and what the library and the network say beneath it. Their objects hold codes and tokens, so they are left out. */
export function reasonsOf(error: unknown): string {
  const told: string[] = [];
  for (let at: unknown = error; at instanceof Error && told.length < 5; at = at.cause) {
    const text = (at.message === '' && 'code' in at ? String(at.code) : at.message).slice(0, 300);
    if (text !== '' && !told.includes(text)) told.push(text);
  }
  return told.join(': ');
}

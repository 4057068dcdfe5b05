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

/** What the sandbox knows of an AWS account. */

/** The account of every key and machine for which the fleet file names none. */
export const DEFAULT_ACCOUNT = '123456789012';

export interface Account {
  readonly keys: readonly string[];
  /** The roles that can be assumed, by name, with their path if they have one. */
  readonly roles: readonly string[];
  /** The external id that AssumeRole must name, by role; other roles ask for none. */
  readonly externalIds: Readonly<Record<string, string>>;
  /** The EC2 actions that answer UnauthorizedOperation in the whole account. */
  readonly unauthorized: readonly string[];
}

/** The accounts by their id. */
export type Accounts = ReadonlyMap<string, Account>;

import type { DescribeMoreAction } from './describe-more.ts';
import type { ChangeAction } from './machine.ts';

/** The account of keys and machines for which the fleet file names none. */
export const defaultAccount = '123456789012';

/** What the sandbox knows of an account. `roles` are the names that AssumeRole accepts, with their path if any. */
export type Account = Readonly<{
  keys: readonly string[];
  roles: readonly string[];
  /** The external id that AssumeRole must name, by role; a role that is not here asks for none. */
  externalIds: Readonly<Record<string, string>>;
  /** Calls that answer UnauthorizedOperation in the whole account. */
  unauthorized: readonly (ChangeAction | 'DescribeInstances' | DescribeMoreAction)[];
}>;

/** The accounts by their id. */
export type Accounts = ReadonlyMap<string, Account>;

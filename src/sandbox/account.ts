/** The account of keys and machines without an account in the fleet file. */
export const DEFAULT_ACCOUNT = '123456789012';

/** An AWS account of the sandbox. */
export interface Account {
  readonly keys: readonly string[];
  /** The names of the roles that can be assumed, with their paths. */
  readonly roles: readonly string[];
  /** The external id that AssumeRole must name, by role; other roles need none. */
  readonly externalIds: Readonly<Record<string, string>>;
  /** The actions that are denied in the whole account. */
  readonly unauthorized: readonly string[];
}

/** The accounts by their id. */
export type Accounts = ReadonlyMap<string, Account>;

export function accountOfKey(accounts: Accounts, key: string): string {
  return [...accounts].find(([, { keys }]) => keys.includes(key))?.[0] ?? DEFAULT_ACCOUNT;
}

/** Which owners a sender is: their machines are "mine". It only filters lists, and gives no right. */
import type { OwnerAddresses } from './telling.ts';

/** Begins the names of people who have logged in. */
const LOGGED_IN = 'sso:';

/** Several people share these names, so no machine is theirs. */
const SHARED: ReadonlySet<string> = new Set(['anyone', 'token', 'AUTH_TOKEN']);

/**
 * The values that the tag of an owner may have for this sender, in lower case, which does not matter: her name, her e-mail address, and the part of it before the `@`; for
 * the name of a token also its addresses in the domains of owners.
 */
export function ownNames(
  sender: string,
  { email, domains }: Pick<OwnerAddresses, 'email' | 'domains'>,
): readonly string[] {
  if (SHARED.has(sender)) return [];
  const name = sender.startsWith(LOGGED_IN) ? sender.slice(LOGGED_IN.length) : sender;
  if (name === '') return [];
  const at = name.lastIndexOf('@');
  const addresses = at > 0 ? [name] : domains.map((domain) => `${name}@${domain}`);
  const parts = at > 0 ? [name.slice(0, at)] : [];
  const names = [name, ...addresses, ...parts, ...addresses.flatMap((address) => tagOf(address, email))];
  return [...new Set(names.map((one) => one.toLowerCase()))];
}

/** The tag from which `owners.email` makes this address. */
function tagOf(address: string, email: string): readonly string[] {
  const [before = '', after, ...others] = email.split('{owner}');
  if (after === undefined || others.length > 0) return [];
  if (!address.startsWith(before) || !address.endsWith(after)) return [];
  const tag = address.slice(before.length, address.length - after.length);
  return tag === '' ? [] : [tag];
}

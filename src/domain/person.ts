/** People who log in by a proxy or by OpenID Connect: their names, and what the configuration lets them do. */
import { parsed, quote, unparsed, type Parsed } from './parsed.ts';
import type { Grant } from './scope.ts';

export interface Person {
  /** As the proxy or the provider names her. */
  readonly user: string;
  readonly groups: readonly string[];
}

/** An entry of the setting `people`: what a user, or the members of a group, may do. */
export type PeopleRule = Grant & ({ readonly user: string } | { readonly group: string });

/** Where no entry stands, everybody who logs in may read. */
const EVERYBODY: Grant = { scopes: ['read'] };

/** All entries count that name the user or one of her groups. */
export function grantsFor({ user, groups }: Person, rules: readonly PeopleRule[]): readonly Grant[] {
  if (rules.length === 0) return [EVERYBODY];
  return rules
    .filter((rule) => ('user' in rule ? rule.user === user : groups.includes(rule.group)))
    .map(({ scopes, only }) => ({ scopes, ...(only === undefined ? {} : { only }) }));
}

/** The groups that make a difference: people of large houses are in hundreds, and a cookie is small. */
export function groupsThatCount(groups: readonly string[], rules: readonly PeopleRule[]): readonly string[] {
  return groups.filter((group) => rules.some((rule) => 'group' in rule && rule.group === group));
}

/** No token has such a name, because of the colon. */
const PREFIX = 'sso:';

/** The name in records. */
export function nameOfPerson({ user }: Pick<Person, 'user'>): string {
  return `${PREFIX}${user}`;
}

export function isPerson(name: string): boolean {
  return name.startsWith(PREFIX);
}

const LONGEST_USER = 128;

/** A user name goes into records, logs and messages, and decides about rights: letters that look alike are not told apart there. */
const USER = /^[A-Za-z0-9._@+~|=/'-]{1,128}$/;

/** @param source where it stands, for the message */
export function parseUser(text: string, source: string): Parsed<string> {
  if (USER.test(text)) return parsed(text);
  const which = text.length > LONGEST_USER ? `${text.length} characters` : quote(text);
  return unparsed(
    `expected ${source} to name one user by at most ${LONGEST_USER} letters, digits and . _ @ + ~ | = / ' -, got ${which}`,
  );
}

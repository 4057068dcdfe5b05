/** Who logged in, by the claims of an OpenID provider. */
import { parsed, quote, unparsed, type Parsed } from './parsed.ts';

export type Claims = Readonly<Record<string, unknown>>;

export interface ClaimSettings {
  /** The claim with the groups; dots lead into nested claims. */
  readonly groupsClaim?: string;
  /** The claim with the person's name. Default: `email`, else `preferred_username`, else `sub`. */
  readonly userClaim?: string;
}

export interface ClaimedPerson {
  readonly name: string;
  readonly groups: readonly string[];
  /** The provider left the groups out, because there are too many: Entra does beyond 200. */
  readonly lacksGroups: boolean;
  /** When the provider said so, by its own clock. Milliseconds since the epoch. */
  readonly at?: number;
}

/** Whether the claims are worth asking UserInfo for the rest. */
export function lacksClaims(claims: Claims, { groupsClaim, userClaim = 'email' }: ClaimSettings): boolean {
  return [userClaim, ...(groupsClaim === undefined ? [] : [groupsClaim])].some(
    (name) => claimAt(claims, name) === undefined,
  );
}

/**
 * An address counts as a person's only where the provider vouches for it: who can write any address into an account of the
 * provider would otherwise be everybody of `people`.
 */
export function personIn(claims: Claims, settings: ClaimSettings): Parsed<ClaimedPerson> {
  const name = nameIn(claims, settings.userClaim);
  if (!name.ok) return name;
  const { groupsClaim } = settings;
  return parsed({
    name: name.value,
    groups: groupsClaim === undefined ? [] : groupsIn(claimAt(claims, groupsClaim)),
    lacksGroups: groupsClaim !== undefined && isLeftOut(claims, groupsClaim),
    ...timeIn(claims),
  });
}

function timeIn({ iat }: Claims): Pick<ClaimedPerson, 'at'> {
  return typeof iat === 'number' ? { at: Math.floor(iat * 1_000) } : {};
}

function nameIn(claims: Claims, userClaim: string | undefined): Parsed<string> {
  if (userClaim !== undefined && userClaim !== 'email') {
    const value = textAt(claims, userClaim);
    return value === undefined
      ? unparsed(`expected the claim ${quote(userClaim)} with the person's name from the provider, got none`)
      : parsed(value);
  }
  const email = textAt(claims, 'email');
  if (email !== undefined) return isVerified(claims) ? parsed(email) : unverified(email);
  if (userClaim !== undefined)
    return unparsed('expected the claim "email" from the provider, got none: is the scope email allowed there?');
  // An address here is what the account says of itself.
  const preferred = textAt(claims, 'preferred_username');
  const name = preferred?.includes('@') === false ? preferred : textAt(claims, 'sub');
  return name === undefined ? unparsed('expected the claim "sub" from the provider, got none') : parsed(name);
}

/** Some providers write the boolean as text. Providers that verify every address leave it out. */
function isVerified({ email_verified: verified }: Claims): boolean {
  return verified === undefined || verified === true || verified === 'true';
}

function unverified(email: string): Parsed<never> {
  return unparsed(
    `expected a verified e-mail address from the provider, got ${quote(email)}, which it calls unverified: verify the address there, or name another claim in login.oidc.user_claim`,
  );
}

/** A name as a whole comes first: `https://example.com/groups` has dots, too. */
function claimAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let here: unknown = claims;
  for (const key of name.split('.')) {
    if (!isClaims(here) || !Object.hasOwn(here, key)) return undefined;
    here = here[key];
  }
  return here;
}

/** Letter by letter as the provider wrote it: with a space less it would be another account's name. */
function textAt(claims: Claims, name: string): string | undefined {
  const value = claimAt(claims, name);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** A provider writes a single group as text. */
function groupsIn(value: unknown): readonly string[] {
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  return [...new Set(given.filter((group) => typeof group === 'string').filter((group) => group !== ''))];
}

function isLeftOut(claims: Claims, groupsClaim: string): boolean {
  const { _claim_names: elsewhere } = claims;
  return isClaims(elsewhere) && Object.hasOwn(elsewhere, groupsClaim);
}

function isClaims(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null;
}

/** What the holder of a token may do. */
import type { Selector } from './selector.ts';

/** `admin` implies the others; the others imply nothing. */
export const SCOPES = ['read', 'start', 'stop', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export function hasScope(scopes: readonly Scope[], scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes('admin');
}

/** Letters that need no escaping in a log line, a header or a URL. */
export const TOKEN_NAME = /^[\w.@-]{1,64}$/;

/** What records and logs name whoever signs a webhook instead of showing a token. */
export const SIGNED_NAME = 'grafana';

/** Why no token is named so while signatures are accepted. */
export const SIGNED_NAME_TAKEN =
  'expected another name than grafana: with grafana_hmac, records name signed webhooks so';

/** A token as it is known to the server: its text is in the hands of its holder alone. */
export interface Token {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The only machines that it may act on; absent: any. */
  readonly only?: Selector;
  /**
   * SHA-256 of the token's text, in lower case hexadecimal digits. A password would need a slow hash with a salt; a token
   * is 24 random bytes or more, and nobody finds those by trying.
   */
  readonly sha256: string;
  /** When it stops being valid, in milliseconds since the epoch; absent: never. */
  readonly expiresAt?: number;
}

/**
 * Why a token may not have these rights together, or undefined. One that may make tokens could make itself one that acts on
 * every machine, so a selector on it would promise what nobody keeps.
 */
export function contradictionIn({ scopes, only }: Pick<Token, 'scopes' | 'only'>): string | undefined {
  if (!scopes.includes('admin') || only === undefined) return undefined;
  return 'expected no `only` with the scope admin: whoever has it can make a token for every machine';
}

import type { Selector } from './selector.ts';

/** `admin` implies the others, `start` and `stop` imply `hold`. */
export const SCOPES = ['read', 'hold', 'start', 'stop', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

const IMPLYING: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ['read', 'admin'],
  hold: ['hold', 'start', 'stop', 'admin'],
  start: ['start', 'admin'],
  stop: ['stop', 'admin'],
  admin: ['admin'],
};

export function hasScope(scopes: readonly Scope[], scope: Scope): boolean {
  return IMPLYING[scope].some((one) => scopes.includes(one));
}

/** Letters that need no escaping in a log line, a header or a URL. */
export const TOKEN_NAME = /^[\w.@-]{1,64}$/;

/** The sender's name in records and logs where a webhook is signed. */
export const SIGNED_NAME = 'grafana';

export const SIGNED_NAME_TAKEN =
  'expected another name than grafana, which records use for signed webhooks (grafana_hmac)';

/** A token as the server knows it: only its holder has the text. */
export interface Token {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The only machines that it may act on; absent: any. */
  readonly only?: Selector;
  /** SHA-256 of the text, in lower case. A token has 24 random bytes, so it needs neither salt nor a slow hash. */
  readonly sha256: string;
  /** Milliseconds since the epoch; absent: never. */
  readonly expiresAt?: number;
}

/** Why a token may not have these rights together. An admin can make a token for every machine, so `only` would not limit it. */
export function contradictionIn({ scopes, only }: Pick<Token, 'scopes' | 'only'>): string | undefined {
  if (!scopes.includes('admin') || only === undefined) return undefined;
  return 'expected no `only` with the scope admin, which can make a token for every machine';
}

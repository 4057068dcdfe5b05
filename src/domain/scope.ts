import type { Instance } from './instance.ts';
import { anyOf, isSelected, type Only, type Selector } from './selector.ts';

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

/** Scopes, and the only machines that they are for; absent: all. Other machines may still be read. */
export interface Grant {
  readonly scopes: readonly Scope[];
  readonly only?: Selector;
}

/** Whether one of the grants gives the scope, for whichever machines. */
export function isGranted(grants: readonly Grant[], scope: Scope): boolean {
  return grants.some(({ scopes }) => hasScope(scopes, scope));
}

/** The machines that the grants give the scope for: those of any grant. @returns undefined for all machines */
export function machinesFor(grants: readonly Grant[], scope: Scope): Only | undefined {
  const giving = grants.filter(({ scopes }) => hasScope(scopes, scope)).map(({ only }) => only);
  const selectors = giving.filter((only) => only !== undefined);
  return selectors.length < giving.length ? undefined : anyOf(selectors);
}

/** Whether the grants show which machines there are: by the scope `read`, or because one of them is for every machine. */
export function knowsAll(grants: readonly Grant[]): boolean {
  return isGranted(grants, 'read') || grants.some(({ only }) => only === undefined);
}

/** Whether the grants show that there is this machine. */
export function knows(grants: readonly Grant[], machine: Pick<Instance, 'tags'>): boolean {
  return knowsAll(grants) || grants.some(({ only }) => only !== undefined && isSelected(only, machine));
}

/** For messages. */
export function describeScopes(grants: readonly Grant[]): string {
  const given = SCOPES.filter((scope) => grants.some(({ scopes }) => scopes.includes(scope)));
  return given.length === 0 ? 'none' : given.join(', ');
}

/** Letters that need no escaping in a log line, a header or a URL. */
export const TOKEN_NAME = /^[\w.@-]{1,64}$/;

/** The sender's name in records and logs where a webhook is signed. */
export const SIGNED_NAME = 'grafana';

export const SIGNED_NAME_TAKEN =
  'expected another name than grafana, which records use for signed webhooks (grafana_hmac)';

/** A token as the server knows it: only its holder has the text. */
export interface Token extends Grant {
  readonly name: string;
  /** SHA-256 of the text, in lower case. A token has 24 random bytes, so it needs neither salt nor a slow hash. */
  readonly sha256: string;
  /** Milliseconds since the epoch; absent: never. */
  readonly expiresAt?: number;
}

/** Why a token may not have these rights together. An admin can make a token for every machine, so `only` would not limit it. */
export function contradictionIn({ scopes, only }: Grant): string | undefined {
  if (!scopes.includes('admin') || only === undefined) return undefined;
  return 'expected no `only` with the scope admin, which can make a token for every machine';
}

/** Tokens of the configuration file, as tests name them. */
import { createHash } from 'node:crypto';

export interface TokenEntry {
  readonly scopes: readonly string[];
  readonly expires?: string;
  readonly only?: Readonly<Record<string, string>>;
}

/** The text of the token with this name. */
export function secretOf(name: string): string {
  return `secret-of-${name}-0123456789`;
}

/** The setting `tokens`, and others besides; a configuration file is YAML, and so is JSON. */
export function configWith(tokens: Readonly<Record<string, TokenEntry>>, more: object = {}): string {
  const list = Object.entries(tokens).map(([name, entry]) => ({ name, ...entry, sha256: sha256(secretOf(name)) }));
  return JSON.stringify({ tokens: list, ...more });
}

/** The headers of a request with this token's text. */
export function bearer(secret: string): { readonly authorization: string } {
  return { authorization: `Bearer ${secret}` };
}

/** The headers of a request with the token of this name. */
export function as(name: string): { readonly authorization: string } {
  return bearer(secretOf(name));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

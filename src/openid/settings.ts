import type { ClaimSettings } from '../domain/openid-claims.ts';

export interface OpenidSettings extends ClaimSettings {
  /** As the provider writes it. */
  readonly issuer: string;
  readonly clientId: string;
  /** The secret at this moment; absent for a public client. @throws Error for a file that cannot be read */
  readonly readSecret?: () => string;
  readonly scopes: readonly string[];
  /** Where the provider sends the browser back to. */
  readonly redirectUri: string;
  /** How long the provider may take for an answer: a person waits for it. In milliseconds. */
  readonly timeoutMs: number;
}

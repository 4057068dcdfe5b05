/** As much of the package as tests use; it has no types of its own. */
declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

  export interface Account {
    readonly accountId: string;
    claims(): Readonly<Record<string, unknown>>;
  }

  export interface ProviderClient {
    readonly client_id: string;
    readonly client_secret?: string;
    readonly redirect_uris: readonly string[];
    readonly token_endpoint_auth_method: string;
  }

  interface Grant {
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
  }

  export interface ProviderContext {
    readonly oidc: {
      readonly client?: { readonly clientId: string };
      readonly session?: { readonly accountId?: string };
    };
  }

  export interface ProviderSettings {
    readonly clients: readonly ProviderClient[];
    readonly jwks: { readonly keys: readonly unknown[] };
    readonly claims: Readonly<Record<string, readonly string[]>>;
    readonly conformIdTokenClaims: boolean;
    readonly cookies: { readonly keys: readonly string[] };
    readonly features: Readonly<Record<string, { readonly enabled: boolean }>>;
    readonly ttl: Readonly<Record<string, number>>;
    readonly findAccount: (context: unknown, id: string) => Account | undefined;
    readonly interactions: { readonly url: (context: unknown, interaction: { readonly uid: string }) => string };
    readonly loadExistingGrant: (context: ProviderContext) => Promise<Grant | undefined>;
    readonly pkce: { readonly required: () => boolean };
  }

  export class Provider {
    constructor(issuer: string, settings: ProviderSettings);
    readonly Grant: new (fields: { readonly clientId?: string; readonly accountId?: string }) => Grant;
    callback(): RequestListener;
    interactionFinished(request: IncomingMessage, response: ServerResponse, result: unknown): Promise<void>;
    on(event: string, listener: (...given: readonly unknown[]) => void): void;
  }
}

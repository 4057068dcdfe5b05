/** A real OpenID provider with a form for people to log in, such as a company has. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Provider, type ProviderClient } from 'oidc-provider';

export interface OpenidProvider extends AsyncDisposable {
  readonly issuer: string;
  /** Every request there has been, as `GET /path`. */
  readonly requests: string[];
  /** By the name that people write into the form. */
  readonly people: Map<string, Readonly<Record<string, unknown>>>;
  /** Adds a client, which may come back to this address. */
  readonly admit: (redirectUri: string, more?: Partial<ProviderClient>) => void;
  /** Signs with a new key from now on, and forgets the old one. */
  readonly rotateKeys: () => void;
  /** Holds every answer back until it is resolved; undefined: answers at once. */
  stalled: Promise<void> | undefined;
}

export const CLIENT = { id: 'ec2-operator', secret: 'a-secret-of-the-client' } as const;

/** Whether the claims are in the ID token, or only where UserInfo tells them, as OpenID Connect has it by default. */
export interface ProviderOptions {
  readonly claimsIn?: 'id_token' | 'userinfo';
}

export async function startOpenidProvider({ claimsIn = 'id_token' }: ProviderOptions = {}): Promise<OpenidProvider> {
  const people = new Map<string, Readonly<Record<string, unknown>>>();
  const requests: string[] = [];
  const clients: ProviderClient[] = [];
  let keys = [newKey()];
  let made: Provider | undefined;
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    void answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('expected a TCP address');
  // Another site than 127.0.0.1, as the provider of a company is.
  const issuer = `http://localhost:${address.port}`;
  // A provider reads its clients and keys once.
  const provider = (): Provider => (made ??= withForm(issuer, { clients, keys, people, claimsIn }));
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await opened.stalled;
    if (request.url?.startsWith('/form/') !== true) {
      provider().callback()(request, response);
    } else if (request.method === 'POST') {
      const accountId = new URLSearchParams(await text(request)).get('name') ?? '';
      const result = people.has(accountId)
        ? { login: { accountId } }
        : { error: 'access_denied', error_description: 'nobody has this name' };
      await provider().interactionFinished(request, response, result);
    } else {
      response.writeHead(200, { 'content-type': 'text/html' }).end(FORM);
    }
  };
  const opened: OpenidProvider = {
    issuer,
    requests,
    people,
    stalled: undefined,
    admit: (redirectUri, more = {}) => {
      clients.push({
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'client_secret_basic',
        ...more,
      });
      made = undefined;
    },
    rotateKeys: () => {
      keys = [newKey()];
      made = undefined;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return opened;
}

const FORM = `<!doctype html><html lang="en"><title>Log in</title>
<form method="post"><label>Name <input name="name" /></label> <button>Log in</button></form></html>`;

function withForm(
  issuer: string,
  {
    clients,
    keys,
    people,
    claimsIn,
  }: Pick<OpenidProvider, 'people'> & {
    readonly clients: readonly ProviderClient[];
    readonly keys: readonly unknown[];
    readonly claimsIn: 'id_token' | 'userinfo';
  },
): Provider {
  const provider: Provider = new Provider(issuer, {
    clients: [...clients],
    jwks: { keys },
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['preferred_username', 'groups', 'realm_access'],
    },
    conformIdTokenClaims: claimsIn === 'userinfo',
    cookies: { keys: ['a-key-of-cookies'] },
    features: { devInteractions: { enabled: false } },
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
    pkce: { required: () => true },
    findAccount: (_context, id) => {
      const claims = people.get(id);
      return claims === undefined ? undefined : { accountId: id, claims: () => ({ sub: `sub-of-${id}`, ...claims }) };
    },
    interactions: { url: (_context, { uid }) => `/form/${uid}` },
    // Everybody consents.
    loadExistingGrant: async ({ oidc: { client, session } }) => {
      const grant = new provider.Grant({
        ...(client === undefined ? {} : { clientId: client.clientId }),
        ...(session?.accountId === undefined ? {} : { accountId: session.accountId }),
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  return provider;
}

function newKey(): Readonly<Record<string, unknown>> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
}

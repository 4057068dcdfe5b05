/** An OpenID provider that tells lies: what real ones never send. */
import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { CLIENT } from './provider.ts';

export interface HostileProvider extends AsyncDisposable {
  readonly issuer: string;
  /** Bodies that came to the token endpoint. */
  readonly exchanged: URLSearchParams[];
  /** Over the document that is right. */
  document: Readonly<Record<string, unknown>>;
  /** Over the claims that are right; undefined leaves one out. */
  claims: Readonly<Record<string, unknown>>;
  /** The nonce that the browser was sent with. */
  nonce: string;
  signs: 'right' | 'other_key' | 'none' | 'with_public_key' | 'nothing';
  /** An answer of the token endpoint in place of tokens; `none`: the connection breaks. */
  refusal: { readonly status: number; readonly body: unknown } | 'none' | undefined;
}

/** Keys take their time to make. */
const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** @param tls a certificate for 127.0.0.1 and its key, in PEM; absent: plain HTTP */
export async function startHostileProvider(tls?: {
  readonly cert: string;
  readonly key: string;
}): Promise<HostileProvider> {
  const jwk = { ...own.publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' };
  const provider: HostileProvider = {
    issuer: '',
    exchanged: [],
    document: {},
    claims: {},
    nonce: '',
    signs: 'right',
    refusal: undefined,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const idToken = (): string => {
    const now = Math.floor(Date.now() / 1_000);
    const right = {
      iss: provider.issuer,
      aud: CLIENT.id,
      sub: 'mallory',
      iat: now,
      exp: now + 300,
      nonce: provider.nonce,
    };
    const claims = { ...right, email: 'mallory@example.org', email_verified: true, ...provider.claims };
    switch (provider.signs) {
      case 'right':
        return jwt({ alg: 'RS256', kid: 'one' }, claims, own.privateKey);
      case 'other_key':
        return jwt({ alg: 'RS256', kid: 'one' }, claims, other.privateKey);
      case 'with_public_key':
        return jwt({ alg: 'HS256', kid: 'one' }, claims, own.publicKey.export({ format: 'pem', type: 'spki' }));
      case 'none':
        return jwt({ alg: 'none' }, claims);
      case 'nothing':
        return '';
    }
  };
  const answerTo = async (request: IncomingMessage): Promise<readonly [status: number, body: unknown] | undefined> => {
    switch (new URL(request.url ?? '/', provider.issuer).pathname) {
      case '/jwks':
        return [200, { keys: [jwk] }];
      case '/token': {
        provider.exchanged.push(new URLSearchParams(await text(request)));
        const tokens = { access_token: 'of-no-use', token_type: 'bearer', id_token: idToken() };
        const { refusal } = provider;
        if (refusal === 'none') return undefined;
        return refusal === undefined ? [200, tokens] : [refusal.status, refusal.body];
      }
      default:
        return [200, { ...documentOf(provider.issuer), ...provider.document }];
    }
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = await answerTo(request);
    if (answer === undefined) {
      response.destroy();
      return;
    }
    const [status, body] = answer;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const listener = (request: IncomingMessage, response: ServerResponse): void => void respond(request, response);
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('expected a TCP address');
  const origin = tls === undefined ? 'http://localhost' : 'https://127.0.0.1';
  return Object.assign(provider, { issuer: `${origin}:${address.port}` });
}

function documentOf(issuer: string): Readonly<Record<string, unknown>> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
    authorization_response_iss_parameter_supported: true,
  };
}

/** @param key absent: unsigned; text: an HMAC */
function jwt(header: object, claims: object, key?: KeyObject | string): string {
  const encoded = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  if (key === undefined) return `${encoded}.`;
  const mac =
    typeof key === 'string'
      ? createHmac('sha256', key).update(encoded).digest()
      : sign('sha256', Buffer.from(encoded), key);
  return `${encoded}.${mac.toString('base64url')}`;
}

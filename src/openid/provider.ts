/** Login by an OpenID provider: code flow with PKCE. Every check of what comes back is openid-client's. */
import { lacksClaims, personIn, type ClaimedPerson, type Claims } from '../domain/openid-claims.ts';
import { plain } from '../domain/plain.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { createDiscover, hostOf, isPlain } from './discovery.ts';
import { FLOW_MS, type Flow } from './flow.ts';
import { load, type Configuration, type Library, type Metadata } from './library.ts';
import { LoginError } from './login-error.ts';
import type { OpenidSettings } from './settings.ts';

export interface Openid {
  /** @param next the page that the person wants @throws LoginError */
  begin(next: string): Promise<Begun>;
  /** @param answer the query that the browser came back with @throws LoginError */
  finish(flow: Flow, answer: URLSearchParams): Promise<ClaimedPerson>;
}

export interface Begun {
  /** The provider's page. */
  readonly url: URL;
  /** For this browser to keep, until it comes back. */
  readonly flow: Flow;
}

/** The clocks of provider and server may differ by this, in seconds. */
const SKEW_S = 60;

export function createOpenid(settings: OpenidSettings, clock: () => number): Openid {
  const discover = createDiscover(settings, load);
  /** The way of showing the secret that the provider took last. */
  let shown: SecretForm | undefined;
  return {
    begin: async (next) => {
      const library = await load();
      const configuration = configure(library, await discover(), settings);
      const flow: Flow = {
        state: library.randomState(),
        nonce: library.randomNonce(),
        verifier: library.randomPKCECodeVerifier(),
        next,
        expiresAt: clock() + FLOW_MS,
      };
      const challenge = await library.calculatePKCECodeChallenge(flow.verifier);
      return { url: providerPage(library, configuration, { settings, flow, challenge }), flow };
    },
    finish: async (flow, answer) => {
      const library = await load();
      const metadata = await discover();
      const forms = shown === undefined ? secretForms(metadata) : [shown];
      const claims = await exchange(library, { metadata, settings, forms, flow, answer }, (form) => {
        shown = form;
      });
      const person = personIn(claims, settings);
      if (!person.ok) throw new LoginError('denied', person.message);
      return person.value;
    },
  };
}

function providerPage(
  library: Library,
  configuration: Configuration,
  { settings, flow, challenge }: { readonly settings: OpenidSettings; readonly flow: Flow; readonly challenge: string },
): URL {
  try {
    return library.buildAuthorizationUrl(configuration, {
      redirect_uri: settings.redirectUri,
      scope: settings.scopes.join(' '),
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    });
  } catch (error) {
    throw new LoginError('provider_down', `the login provider ${hostOf(settings.issuer)} names no page to log in at`, {
      cause: error,
    });
  }
}

type SecretForm = 'client_secret_basic' | 'client_secret_post';

/** A provider may list both, and take one of them from this client. */
function secretForms({ token_endpoint_auth_methods_supported: listed }: Metadata): readonly SecretForm[] {
  const forms = ['client_secret_basic', 'client_secret_post'] as const;
  const supported = forms.filter((form) => listed?.includes(form));
  return supported.length === 0 ? ['client_secret_basic'] : supported;
}

interface Exchange {
  readonly metadata: Metadata;
  readonly settings: OpenidSettings;
  readonly forms: readonly SecretForm[];
  readonly flow: Flow;
  readonly answer: URLSearchParams;
}

async function exchange(library: Library, given: Exchange, onShown: (form: SecretForm) => void): Promise<Claims> {
  const { metadata, settings, forms, flow, answer } = given;
  const back = new URL(settings.redirectUri);
  back.search = answer.toString();
  for (const [index, form] of forms.entries()) {
    // A new one has no keys yet: a key that the provider has changed since the last login is never missed.
    const configuration = configure(library, metadata, settings, form);
    try {
      const tokens = await library.authorizationCodeGrant(configuration, back, {
        expectedState: flow.state,
        expectedNonce: flow.nonce,
        pkceCodeVerifier: flow.verifier,
        idTokenExpected: true,
      });
      onShown(form);
      const claims: Claims = tokens.claims() ?? {};
      return lacksClaims(claims, settings)
        ? { ...(await askUserInfo(library, configuration, tokens.access_token, String(claims['sub']))), ...claims }
        : claims;
    } catch (error) {
      const isOther = error instanceof library.ResponseBodyError && error.error === 'invalid_client';
      if (!isOther || index === forms.length - 1) throw loginError(library, error, settings);
    }
  }
  throw new TypeError('expected a form of the secret');
}

/** Many providers tell addresses and groups there only. */
async function askUserInfo(
  library: Library,
  configuration: Configuration,
  token: string,
  sub: string,
): Promise<Claims> {
  if (configuration.serverMetadata().userinfo_endpoint === undefined) return {};
  return library.fetchUserInfo(configuration, token, sub);
}

function configure(
  library: Library,
  metadata: Metadata,
  settings: OpenidSettings,
  form: SecretForm = 'client_secret_basic',
): Configuration {
  const { issuer, clientId, readSecret, timeoutMs } = settings;
  const configuration = new library.Configuration(
    metadata,
    clientId,
    { [library.clockTolerance]: SKEW_S },
    readSecret === undefined ? library.None() : secretIn(library, form, readSecret),
  );
  configuration.timeout = timeoutMs / 1_000;
  configuration[library.customFetch] = boundedFetch;
  // Without this the library trusts the connection instead of the signature.
  library.enableNonRepudiationChecks(configuration);
  if (isPlain(issuer)) library.allowInsecureRequests(configuration);
  return configuration;
}

/** The file is read when the secret is needed. */
function secretIn(
  library: Library,
  form: SecretForm,
  readSecret: () => string,
): ReturnType<Library['ClientSecretBasic']> {
  return (server, client, body, headers) => {
    const show =
      form === 'client_secret_basic' ? library.ClientSecretBasic(readSecret()) : library.ClientSecretPost(readSecret());
    show(server, client, body, headers);
  };
}

/** What people are told; texts of the provider are shown as such. */
function loginError(library: Library, error: unknown, { issuer }: OpenidSettings): LoginError {
  const options = { cause: error };
  if (error instanceof library.AuthorizationResponseError) {
    const { error: code, error_description: described } = error;
    return new LoginError('denied', `the login provider says ${said(code, described)}`, options);
  }
  if (error instanceof library.ResponseBodyError) {
    const { error: code, error_description: described } = error;
    const told = said(code, described);
    return code === 'invalid_grant'
      ? new LoginError('stale', `the login provider says ${told}: log in again`, options)
      : new LoginError(
          'unproven',
          `the login provider does not take ec2-operator for its client: it says ${told}`,
          options,
        );
  }
  if (isUnanswered(library, error))
    return new LoginError('provider_down', `the login provider ${hostOf(issuer)} does not answer`, options);
  return new LoginError(
    'unproven',
    'the answer of the login provider fails a check; the log of the server says which',
    options,
  );
}

function said(code: string, described: string | undefined): string {
  const text = plain(described ?? '', 200);
  return `"${plain(code, 60)}"${text === '' ? '' : ` ("${text}")`}`;
}

/** fetch throws TypeError; a status that is no answer, and one that is too long, come wrapped. */
function isUnanswered(library: Library, error: unknown): boolean {
  if (error instanceof TypeError) return true;
  if (!(error instanceof library.ClientError)) return false;
  const { code, cause } = error;
  return code === 'OAUTH_TIMEOUT' || code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' || cause instanceof RangeError;
}

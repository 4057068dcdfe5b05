/** Authentication, as configured. */
import type { Config } from '../../config/schema.ts';
import { SIGNED_NAME } from '../../domain/scope.ts';
import type { Log } from '../../observe/log.ts';
import { StoreUnavailableError, type Store } from '../../store/port.ts';
import { createReadForwarded } from './forwarded.ts';
import { createOrigins, type Origins } from './origin.ts';
import {
  allowAnyone,
  proveToken,
  requireToken,
  type Authenticate,
  type AuthenticateToken,
  type FindToken,
  type KnownToken,
} from './sender.ts';
import { createSessions, markProvider, type Sessions } from './sessions.ts';
import { createAuthenticate } from './ways.ts';
import type { FewLines } from './few-lines.ts';
import type { ReadJson } from '../body.ts';
import { configuredTokens, findConfigured } from './configured-tokens.ts';
import { createLoginLimit, type LoginLimit } from './login-limit.ts';
import { createRemoteOf, type RemoteOf } from './remote.ts';
import { createSecretFile, type SecretFileOptions } from './secret-file.ts';
import { createStoredTokens, newSecret, type StoredTokens } from './stored-tokens.ts';
import { createAdmitWebhook, type AdmitWebhook, type Signing } from './admit-webhook.ts';

export interface Auth {
  readonly authenticate: Authenticate;
  readonly admitWebhook: AdmitWebhook;
  readonly logins: LoginLimit;
  readonly tokens: Tokens;
  readonly login: Login;
}

/** How people log in in a browser. */
export interface Login {
  /** The ways that the configuration opens, besides a pasted token. */
  readonly ways: { readonly forwarded: boolean };
  readonly sessions: Sessions;
  readonly origins: Origins;
  /** The token with this text. @throws ProblemError with 401 where it is not valid now */
  readonly proveToken: (secret: string) => Promise<KnownToken>;
}

export interface Tokens {
  readonly configured: () => readonly KnownToken[];
  readonly stored: StoredTokens;
  /** False where every route is open to everyone. */
  readonly areAsked: boolean;
  /** Whether signed webhooks are accepted: their name in records is then not free for tokens. */
  readonly areSigned: boolean;
}

export interface CreatedAuth extends Auth {
  readonly remoteOf: RemoteOf;
  /** The token that was generated because none was configured; undefined otherwise. */
  readonly generatedToken: string | undefined;
}

interface Parts {
  readonly config: Config;
  readonly store: Store;
  readonly readJson: ReadJson;
  readonly log: Log;
  readonly warnSparingly: FewLines;
  readonly clock: () => number;
}

/** @throws Error for a secret file without a usable secret */
export async function createAuth(parts: Parts): Promise<CreatedAuth> {
  const { config, store, readJson, log, clock } = parts;
  const files: SecretFileOptions = {
    onFault: (what, error) => {
      log.error({ err: error }, what);
    },
  };
  const generatedToken = await findOrMakeToken(config, store, clock());
  const configured = configuredTokens(config, generatedToken, files);
  const stored = createStoredTokens(store, clock);
  const findFixed = findConfigured(configured);
  const find: FindToken = async (digest) => findFixed(digest) ?? stored.find(digest);
  const isOpen = config.auth === 'none';
  const byToken = isOpen ? allowAnyone() : requireToken(find, clock, isNameTaken(config, stored));
  const login = createLogin(parts, async (name) => findNamed(configured(), stored, name, clock()), find);
  return {
    authenticate: isOpen ? allowAnyone() : authenticateWith(parts, byToken, login, files),
    login,
    admitWebhook: createAdmitWebhook(byToken, readJson, signingOf(config, files), clock),
    logins: createLoginLimit(),
    tokens: { configured, stored, areAsked: !isOpen, areSigned: config.grafana_hmac !== undefined },
    remoteOf: createRemoteOf(config.trusted_proxies),
    generatedToken,
  };
}

function createLogin(
  { config, store, clock }: Parts,
  named: (name: string) => Promise<readonly KnownToken[]>,
  find: FindToken,
): Login {
  const { oidc } = config.login;
  const provider = oidc && markProvider(oidc);
  return {
    ways: { forwarded: config.login.forwarded !== undefined },
    sessions: createSessions({ store, findNamed: named, people: config.people, provider, clock }),
    origins: createOrigins(config.public_url, config.login.insecure),
    proveToken: async (secret) => proveToken(find, secret, clock()),
  };
}

function authenticateWith(
  { config, warnSparingly }: Parts,
  byToken: AuthenticateToken,
  { sessions, origins }: Login,
  files: SecretFileOptions,
): Authenticate {
  const { forwarded } = config.login;
  const secret = forwarded?.secret === undefined ? () => undefined : createSecretFile(forwarded.secret.file, files);
  const readForwarded = forwarded && createReadForwarded(forwarded, { secret, warnSparingly });
  const { people } = config;
  return createAuthenticate({
    byToken,
    sessions,
    people,
    origins,
    ...(readForwarded === undefined ? {} : { readForwarded }),
  });
}

/** The tokens of this name that are valid now. @throws StoreUnavailableError: a stored one may have been revoked */
async function findNamed(
  configured: readonly KnownToken[],
  stored: StoredTokens,
  name: string,
  now: number,
): Promise<readonly KnownToken[]> {
  const tokens = [...configured.filter((one) => one.name === name), ...(await stored.named(name))];
  return tokens.filter(({ expiresAt = Infinity }) => expiresAt > now);
}

/** Whether a name belongs to a token or to signed webhooks. Without the store, every name might. */
function isNameTaken(config: Config, stored: StoredTokens): (name: string) => Promise<boolean> {
  // From the configuration: a token whose file is missing at the moment keeps its name.
  const fixed = new Set([SIGNED_NAME, ...config.tokens.map(({ name }) => name)]);
  return async (name) => {
    if (fixed.has(name)) return true;
    try {
      return await stored.isName(name);
    } catch (error) {
      if (error instanceof StoreUnavailableError) return true;
      throw error;
    }
  };
}

function signingOf({ grafana_hmac: setting }: Config, files: SecretFileOptions): Signing | undefined {
  if (setting === undefined) return undefined;
  const { secret, secret_file: file } = setting;
  return { setting, secret: file === undefined ? () => secret : createSecretFile(file, files) };
}

/**
 * Nothing is open by accident: without a configured or stored token, a token is generated and kept in the store. It stays
 * valid until a token is configured, so that making further tokens over the API does not revoke it.
 */
async function findOrMakeToken(config: Config, store: Store, now: number): Promise<string | undefined> {
  const { auth, auth_token: token, auth_token_file: file, tokens } = config;
  if (auth === 'none' || token !== undefined || file !== undefined || tokens.length > 0) return undefined;
  const kept = await store.readSetting('auth_token');
  if (kept !== undefined) return kept;
  const stored = await store.listTokens();
  if (stored.some(({ revokedAt, expiresAt = Infinity }) => revokedAt === undefined && expiresAt > now))
    return undefined;
  return store.writeSettingOnce('auth_token', newSecret());
}

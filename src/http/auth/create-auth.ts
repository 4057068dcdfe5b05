/** Authentication, as configured. */
import type { Config } from '../../config/schema.ts';
import { SIGNED_NAME } from '../../domain/scope.ts';
import type { Log } from '../../observe/log.ts';
import { StoreUnavailableError, type Store } from '../../store/port.ts';
import { allowAnyone, requireToken, type Authenticate, type KnownToken } from './sender.ts';
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
  readonly clock: () => number;
}

/** @throws Error for a secret file without a usable secret */
export async function createAuth({ config, store, readJson, log, clock }: Parts): Promise<CreatedAuth> {
  const files: SecretFileOptions = {
    onFault: (what, error) => {
      log.error({ err: error }, what);
    },
  };
  const generatedToken = await findOrMakeToken(config, store, clock());
  const configured = configuredTokens(config, generatedToken, files);
  const stored = createStoredTokens(store, clock);
  const findFixed = findConfigured(configured);
  const byToken =
    config.auth === 'none'
      ? allowAnyone()
      : requireToken(async (digest) => findFixed(digest) ?? stored.find(digest), clock, isNameTaken(config, stored));
  return {
    authenticate: async ({ headers }) => byToken(headers),
    admitWebhook: createAdmitWebhook(byToken, readJson, signingOf(config, files), clock),
    logins: createLoginLimit(),
    tokens: { configured, stored, areAsked: config.auth !== 'none', areSigned: config.grafana_hmac !== undefined },
    remoteOf: createRemoteOf(config.trusted_proxies),
    generatedToken,
  };
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

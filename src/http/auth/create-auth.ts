/** All doors, as the configuration wants them. */
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

/** What the routes that manage tokens need. */
export interface Tokens {
  readonly configured: () => readonly KnownToken[];
  readonly stored: StoredTokens;
  /** False where every route is open, and tokens say nothing. */
  readonly areAsked: boolean;
  /** Whether signed webhooks are accepted: what records name them is then no token's name. */
  readonly areSigned: boolean;
}

export interface CreatedAuth extends Auth {
  readonly remoteOf: RemoteOf;
  /** The token that was made because there was none; undefined otherwise. */
  readonly generatedToken: string | undefined;
}

interface Parts {
  readonly config: Config;
  readonly store: Store;
  readonly readJson: ReadJson;
  readonly log: Log;
  readonly clock: () => number;
}

/** @throws Error when a file that must hold a secret holds none */
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
  const authenticate =
    config.auth === 'none'
      ? allowAnyone()
      : requireToken(async (digest) => findFixed(digest) ?? stored.find(digest), clock, isNameTaken(config, stored));
  return {
    authenticate,
    admitWebhook: createAdmitWebhook(authenticate, readJson, signingOf(config, files), clock),
    logins: createLoginLimit(),
    tokens: { configured, stored, areAsked: config.auth !== 'none', areSigned: config.grafana_hmac !== undefined },
    remoteOf: createRemoteOf(config.trusted_proxies),
    generatedToken,
  };
}

/** Names that stand for somebody else. While the store is away, every name may be one. */
function isNameTaken(config: Config, stored: StoredTokens): (name: string) => Promise<boolean> {
  // As the configuration has them, and not as they hold: a token whose file is gone at the moment keeps its name.
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
 * Nothing is open by accident: where no token is configured and none was made, one is generated, and kept. It holds for as
 * long as none is configured, so that whoever makes further ones does not lock himself out.
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

/** Tokens that are made and revoked while the server runs. */
import { randomBytes } from 'node:crypto';
import type { Token } from '../../domain/scope.ts';
import type { TokenActor } from '../../store/audit-entry.ts';
import type { NewToken, Revoked, Store, StoredToken } from '../../store/port.ts';
import { digestOf, findAmong, type FindToken } from './sender.ts';

export interface StoredTokens {
  readonly find: FindToken;
  /** The tokens of this name that are not revoked; they may have expired. */
  readonly named: (name: string) => Promise<readonly Token[]>;
  /** Whether a token has or had this name: records may still show it. */
  readonly isName: (name: string) => Promise<boolean>;
  /** Oldest first, expired and revoked ones included. */
  readonly list: () => Promise<readonly StoredToken[]>;
  /** @returns undefined when an unrevoked token has this name already */
  readonly create: (rights: TokenRights, by: TokenActor) => Promise<MadeToken | undefined>;
  /** As `Store.revokeToken`. */
  readonly revoke: (name: string, by: TokenActor, wantsCancel?: boolean) => Promise<Revoked | undefined>;
}

export type TokenRights = Omit<Token, 'sha256'>;

export interface MadeToken {
  /** The token's text. It is shown once, and not stored. */
  readonly secret: string;
  readonly token: NewToken;
}

/** How soon other replicas learn of a revoked token. */
const FRESH_MS = 2_000;
/** How soon they learn of a new one: guesses do not make each of them read the store. */
const UNKNOWN_MS = 250;

/** Secret scanners, and people, recognize tokens by it. */
const PREFIX = 'ec2op_';

export function newSecret(): string {
  return PREFIX + randomBytes(24).toString('base64url');
}

/** @param now a clock that only moves forward, in milliseconds */
export function createStoredTokens(
  store: Pick<Store, 'createToken' | 'listTokens' | 'revokeToken'>,
  clock: () => number,
  now: () => number = () => performance.now(),
): StoredTokens {
  // Holds the promise, so that concurrent requests share one read.
  let read: { readonly at: number; readonly tokens: Promise<readonly StoredToken[]> } | undefined;
  const readAgain = async (): Promise<readonly StoredToken[]> => {
    const tokens = store.listTokens();
    const mine = { at: now(), tokens };
    read = mine;
    try {
      return await tokens;
    } catch (error) {
      if (read === mine) read = undefined;
      throw error;
    }
  };
  const known = async (freshMs = FRESH_MS): Promise<readonly StoredToken[]> =>
    read !== undefined && now() - read.at < freshMs ? read.tokens : readAgain();
  const among = (tokens: readonly StoredToken[], digest: Buffer): Token | undefined =>
    findAmong(
      tokens.filter(({ revokedAt }) => revokedAt === undefined),
      digest,
    );
  const namedIn = (tokens: readonly StoredToken[], name: string): readonly StoredToken[] =>
    tokens.filter((token) => token.name === name && token.revokedAt === undefined);
  return {
    // Without the store a token may have been revoked, so it is not accepted.
    find: async (digest) => among(await known(), digest) ?? among(await known(UNKNOWN_MS), digest),
    named: async (name) => {
      const found = namedIn(await known(), name);
      return found.length > 0 ? found : namedIn(await known(UNKNOWN_MS), name);
    },
    isName: async (name) => (await known()).some((token) => token.name === name),
    list: async () => store.listTokens(),
    create: async (rights, by) => {
      const secret = newSecret();
      const token = { ...rights, sha256: digestOf(secret).toString('hex'), createdAt: clock() };
      const isNew = await store.createToken(token, by);
      read = undefined;
      return isNew ? { secret, token } : undefined;
    },
    revoke: async (name, by, wantsCancel = false) => {
      const revoked = await store.revokeToken(name, clock(), by, wantsCancel);
      read = undefined;
      return revoked;
    },
  };
}

/** Makes and reads links. The keys are in the store, the same for all replicas. */
import type { Store } from '../store/port.ts';
import { readNonce, readToken, signNonce, signToken, splitToken, type ReadNonce, type SignedAbout } from './token.ts';

export interface LinkParts {
  readonly store: Pick<Store, 'linkKeys'>;
  readonly publicUrl: string;
  readonly clock: () => number;
}

export interface Links {
  /** Signs links with the key of this moment. @throws StoreUnavailableError */
  open(): Promise<(about: SignedAbout) => string>;
  /** The keys were changed: they are read again before the next use. */
  forget(): void;
  /** @throws StoreUnavailableError */
  read(token: string): Promise<ReadLink>;
}

export type ReadLink =
  | ({ readonly link: 'valid' } & ValidLink)
  | { readonly link: 'expired'; readonly about: SignedAbout }
  | { readonly link: 'unknown' };

export interface ValidLink {
  readonly about: SignedAbout;
  /** For a form of the page that is made now. */
  readonly nonce: () => string;
  readonly readNonce: (nonce: string) => ReadNonce;
}

type Keys = Awaited<ReturnType<Store['linkKeys']>>;

/** Another replica may have made a new key, or revoked one. In milliseconds. */
const KNOWN_FOR_MS = 60_000;
/** Any text can name an unknown key: the store is not asked for each. */
const ASKED_AGAIN_MS = 1_000;

/** @param monotonic a clock that only moves forward, in milliseconds */
export function createLinks(
  { store, publicUrl, clock }: LinkParts,
  monotonic: () => number = () => performance.now(),
): Links {
  const base = `${publicUrl.replace(/\/+$/, '')}/l/`;
  let known: { readonly keys: Keys; readonly at: number } | undefined;
  let asking: Promise<Keys> | undefined;

  async function ask(): Promise<Keys> {
    const keys = await store.linkKeys(clock());
    known = { keys, at: monotonic() };
    return keys;
  }
  async function keysSince(longestMs: number): Promise<Keys> {
    if (known !== undefined && monotonic() - known.at < longestMs) return known.keys;
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  }
  async function keyOf(kid: string): Promise<Keys[number] | undefined> {
    const find = (keys: Keys) => keys.find((key) => key.kid === kid && (key.expiresAt ?? Infinity) > clock());
    return find(await keysSince(KNOWN_FOR_MS)) ?? find(await keysSince(ASKED_AGAIN_MS));
  }

  return {
    open: async () => {
      const [key] = await keysSince(KNOWN_FOR_MS);
      if (key === undefined) throw new RangeError('expected the store to have a key for links');
      return (about) => base + signToken(about, key);
    },
    forget: () => {
      known = undefined;
    },
    read: async (token) => {
      const given = splitToken(token);
      const key = given === undefined ? undefined : await keyOf(given.kid);
      const about = given === undefined || key === undefined ? undefined : readToken(given, key);
      if (key === undefined || about === undefined) return { link: 'unknown' };
      if (about.expiresAt <= clock()) return { link: 'expired', about };
      return {
        link: 'valid',
        about,
        nonce: () => signNonce(token, key, clock()),
        readNonce: (nonce) => readNonce(nonce, token, key, clock()),
      };
    },
  };
}

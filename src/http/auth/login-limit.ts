/** Slows down guessing of tokens, by address, without delaying senders with the right token. */
import { networkOf } from './remote.ts';

export interface LoginLimit {
  /** How many seconds this address has to wait before the next guess; undefined when it need not wait. */
  readonly waitFor: (address: string) => number | undefined;
  readonly failed: (address: string) => void;
  /**
   * A token is looked up. Until it is proved it counts as a failure, because hundreds of guesses may come at once; copies of it count as one.
   *
   * @param sha256 of its text
   * @returns to be called once it is proved or wrong; a second call does nothing
   */
  readonly proving: (address: string, sha256: string) => () => void;
  /** One failure was none after all. */
  readonly forgive: (address: string) => void;
  /** A token was right. @param sha256 of its text */
  readonly succeeded: (address: string, sha256: string) => void;
  /** Whether this token was right from this address before. */
  readonly hasSucceeded: (address: string, sha256: string) => boolean;
}

/** Ten failures at once, and another one every six seconds. */
const FAILURES = 10;
const FORGIVEN_EVERY_MS = 6_000;

/**
 * The longest wait. Many wrong signatures can be under way before the first is counted, because one is checked only after the body,
 * and other senders behind the same address must not be kept out for hours.
 */
const LONGEST_WAIT_MS = 60_000;
const FULLEST_MS = (FAILURES - 1) * FORGIVEN_EVERY_MS + LONGEST_WAIT_MS;

/** The size of each table. Beyond it, the address with the oldest last failure is forgotten, or the oldest success. */
const MAX_ADDRESSES = 10_000;

/**
 * A leaky bucket per IPv4 address, or per IPv6 network of 64 bits, in which one sender has all addresses.
 *
 * Right tokens pass while wrong ones wait: senders may share an address with an attacker, and Alertmanager does not repeat what
 * gets 429. Passing would reveal that a guess was right, so a short token passes only from an address where it was right before.
 *
 * @param now a clock that only moves forward, in milliseconds
 */
export function createLoginLimit(now: () => number = () => performance.now()): LoginLimit {
  /** When each bucket will be empty, in the order of the last failures. */
  const dryAt = new Map<string, number>();
  /** Network and token. Only holders of a token can add entries. */
  const successes = new Set<string>();
  /** By network: the tokens that are being proved, and how many copies of each. */
  const unproved = new Map<string, Map<string, number>>();
  return {
    waitFor: (address) => {
      const key = networkOf(address);
      const dry = dryAt.get(key) ?? 0;
      if (dry <= now()) dryAt.delete(key);
      const leftMs = Math.max(dry - now(), 0) + (unproved.get(key)?.size ?? 0) * FORGIVEN_EVERY_MS;
      const waitMs = Math.min(leftMs, FULLEST_MS) - (FAILURES - 1) * FORGIVEN_EVERY_MS;
      return waitMs <= 0 ? undefined : Math.ceil(waitMs / 1_000);
    },
    failed: (address) => {
      const key = networkOf(address);
      const dry = Math.min(Math.max(dryAt.get(key) ?? 0, now()) + FORGIVEN_EVERY_MS, now() + FULLEST_MS);
      dryAt.delete(key);
      dryAt.set(key, dry);
      const [oldest] = dryAt.keys();
      if (dryAt.size > MAX_ADDRESSES && oldest !== undefined) dryAt.delete(oldest);
    },
    proving: (address, sha256) => {
      const key = networkOf(address);
      const tokens = unproved.get(key) ?? new Map<string, number>();
      unproved.set(key, tokens.set(sha256, (tokens.get(sha256) ?? 0) + 1));
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        const left = (tokens.get(sha256) ?? 1) - 1;
        if (left > 0) tokens.set(sha256, left);
        else tokens.delete(sha256);
        if (tokens.size === 0 && unproved.get(key) === tokens) unproved.delete(key);
      };
    },
    forgive: (address) => {
      const key = networkOf(address);
      const dry = dryAt.get(key);
      if (dry !== undefined) dryAt.set(key, dry - FORGIVEN_EVERY_MS);
    },
    succeeded: (address, sha256) => {
      successes.add(`${networkOf(address)} ${sha256}`);
      const [oldest] = successes;
      if (successes.size > MAX_ADDRESSES && oldest !== undefined) successes.delete(oldest);
    },
    hasSucceeded: (address, sha256) => successes.has(`${networkOf(address)} ${sha256}`),
  };
}

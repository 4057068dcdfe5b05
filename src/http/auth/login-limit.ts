/** Slows down guessing of tokens, by address, without delaying senders with the right token. */
import { networkOf } from './remote.ts';

export interface LoginLimit {
  /** How many seconds this address has to wait before the next guess; undefined when it need not wait. */
  readonly waitFor: (address: string) => number | undefined;
  readonly failed: (address: string) => void;
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
 * The longest wait. Many wrong tokens can be under way before the first is counted (a signature is checked only after the
 * body), and other senders behind the same address must not be kept out for hours.
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
  return {
    waitFor: (address) => {
      const key = networkOf(address);
      const dry = dryAt.get(key);
      if (dry === undefined) return undefined;
      if (dry <= now()) dryAt.delete(key);
      const waitMs = dry - now() - (FAILURES - 1) * FORGIVEN_EVERY_MS;
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

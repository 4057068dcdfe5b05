/** Whoever tries wrong tokens is kept waiting, by address; whoever has the right one is not. */
import { networkOf } from './remote.ts';

export interface LoginLimit {
  /** For how many seconds this address may not guess; undefined when it may. */
  readonly waitFor: (address: string) => number | undefined;
  readonly failed: (address: string) => void;
  /** A token was right. @param sha256 of its text */
  readonly succeeded: (address: string, sha256: string) => void;
  /** Whether this token was right from there before. */
  readonly hasSucceeded: (address: string, sha256: string) => boolean;
}

/** So many at once, and one more for each time that passes: ten a minute. */
const FAILURES = 10;
const FORGIVEN_EVERY_MS = 6_000;

/**
 * The longest that anybody has to wait. Many wrong ones can be under way before the first is counted (a signature is not
 * checked before its body has come), and whoever shares an address with their sender must not be kept out for hours.
 */
const LONGEST_WAIT_MS = 60_000;
const FULLEST_MS = (FAILURES - 1) * FORGIVEN_EVERY_MS + LONGEST_WAIT_MS;

/** The size of each table. Beyond it the address that has failed longest ago is forgotten, or the oldest success. */
const MAX_ADDRESSES = 10_000;

/**
 * A leaky bucket per address, or per network of 64 bits for IPv6, of which one sender has as many addresses as it likes.
 *
 * It keeps wrong tokens waiting, and right ones not: senders may share an address with somebody who guesses, and Alertmanager
 * does not repeat what gets 429. For a token that can be guessed, that would take the sense out of the limit, so a short one
 * passes only where it was right before. Nothing is learnt from that: there it is known.
 *
 * @param now a clock that only moves forward, in milliseconds
 */
export function createLoginLimit(now: () => number = () => performance.now()): LoginLimit {
  /** When each bucket will have run dry. In the order of the last failure. */
  const dryAt = new Map<string, number>();
  /** Network and token. Only who has a token can add to it. */
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
    succeeded: (address, sha256) => {
      successes.add(`${networkOf(address)} ${sha256}`);
      const [oldest] = successes;
      if (successes.size > MAX_ADDRESSES && oldest !== undefined) successes.delete(oldest);
    },
    hasSucceeded: (address, sha256) => successes.has(`${networkOf(address)} ${sha256}`),
  };
}

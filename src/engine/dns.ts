/** Names to addresses through the system's resolver, the same one that the rest of the machine uses. */
import { lookup } from 'node:dns/promises';
import { setTimeout as delay } from 'node:timers/promises';

export type NameLookup =
  | { readonly answer: 'addresses'; readonly addresses: readonly string[] }
  | { readonly answer: 'unknown' }
  /** The resolver could not say. */
  | { readonly answer: 'failed'; readonly message: string };

export type LookUpName = (name: string) => Promise<NameLookup>;

/** The system's resolver gives up after tens of seconds; nobody waits that long. */
const LOOKUP_TIMEOUT_MS = 5_000;

/** The codes by which the resolver says that there is no such name (or none with an address). */
const UNKNOWN_CODES = new Set(['ENOTFOUND', 'ENODATA', 'EAI_NONAME', 'EAI_NODATA']);

/**
 * How many lookups run at once. The resolver blocks a thread of the few that Node has until it gives up, also when nobody
 * waits any more, and AWS's own names are looked up by the same threads.
 */
const MAX_LOOKUPS = 4;

/**
 * All addresses of a name, IPv4 and IPv6, in the resolver's order. A name that is being looked up is not looked up a second
 * time at once, and no more than a few names are looked up at a time.
 */
export function createLookUpName(resolve: (name: string) => Promise<NameLookup> = ask): LookUpName {
  const underWay = new Map<string, Promise<NameLookup>>();
  const waiting: (() => void)[] = [];

  const lookUp = async (name: string): Promise<NameLookup> => {
    if (underWay.size >= MAX_LOOKUPS) {
      const { promise, resolve: go } = Promise.withResolvers<void>();
      waiting.push(go);
      await promise;
    }
    return resolve(name);
  };

  return async (name) => {
    const known = underWay.get(name);
    const asked = known ?? lookUp(name);
    if (known === undefined) {
      underWay.set(name, asked);
      void asked.finally(() => {
        underWay.delete(name);
        waiting.shift()?.();
      });
    }
    return beforeTimeout(asked);
  };
}

const timedOut: NameLookup = { answer: 'failed', message: `no answer within ${LOOKUP_TIMEOUT_MS / 1_000} s` };

/** The resolver cannot be interrupted: a late answer is dropped. */
async function beforeTimeout(asked: Promise<NameLookup>): Promise<NameLookup> {
  const timer = new AbortController();
  const timeout = delay(LOOKUP_TIMEOUT_MS, timedOut, { signal: timer.signal, ref: false });
  // The timer's own end is none of our business.
  timeout.catch(() => undefined);
  try {
    return await Promise.race([asked, timeout]);
  } finally {
    timer.abort();
  }
}

async function ask(name: string): Promise<NameLookup> {
  try {
    const found = await lookup(name, { all: true, order: 'verbatim' });
    return { answer: 'addresses', addresses: found.map(({ address }) => address) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return UNKNOWN_CODES.has(code) ? { answer: 'unknown' } : { answer: 'failed', message: code };
  }
}

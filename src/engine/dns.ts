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

/** All addresses of a name, IPv4 and IPv6, in the resolver's order. */
export const lookUpName: LookUpName = async (name) => {
  const timer = new AbortController();
  const timeout = delay(LOOKUP_TIMEOUT_MS, timedOut, { signal: timer.signal, ref: false });
  // The resolver cannot be interrupted: a late answer is dropped, and the timer's own end is none of our business.
  timeout.catch(() => undefined);
  try {
    return await Promise.race([ask(name), timeout]);
  } finally {
    timer.abort();
  }
};

const timedOut: NameLookup = { answer: 'failed', message: `no answer within ${LOOKUP_TIMEOUT_MS / 1_000} s` };

async function ask(name: string): Promise<NameLookup> {
  try {
    const found = await lookup(name, { all: true, order: 'verbatim' });
    return { answer: 'addresses', addresses: found.map(({ address }) => address) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return UNKNOWN_CODES.has(code) ? { answer: 'unknown' } : { answer: 'failed', message: code };
  }
}

/** Lookups of names in turn: so many at a time, none for callers that have gone, and slow names behind the others. */
import { setTimeout as delay } from 'node:timers/promises';
import type { LookUpName, NameLookup } from './name-lookup.ts';

/** A resolver gives up after tens of seconds; an operation that waits and tries again is better. */
const LOOKUP_TIMEOUT_MS = 7_000;

/** A DNS query costs a socket and little else. */
const MAX_LOOKUPS = 128;

/** Names that failed lately get no more than this share, so that there is always room for others. */
const MAX_SUSPECTS = MAX_LOOKUPS / 2;
const SUSPECT_FOR_MS = 60_000;

/** For how long a failure is the answer for every caller of the same name. */
const FAILURE_COUNTS_FOR_MS = 2_000;

/** How many failures are remembered; of more names the oldest are forgotten. */
const MAX_FAILURES = 10_000;

interface Queue {
  /** Runs work when there is room. Work whose signal is aborted before that never runs. */
  readonly inTurn: <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;
}

export function queueFor(capacity: number): Queue {
  const waiting = new Set<() => void>();
  let running = 0;
  const next = (): void => {
    const [first] = waiting;
    if (first === undefined || running >= capacity) return;
    waiting.delete(first);
    running += 1;
    first();
  };
  return {
    inTurn: async (work, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const giveUp = (): void => {
        waiting.delete(resolve);
        reject(new Error('the caller has gone'));
      };
      signal.throwIfAborted();
      signal.addEventListener('abort', giveUp, { once: true });
      waiting.add(resolve);
      next();
      await promise;
      signal.removeEventListener('abort', giveUp);
      try {
        return await work();
      } finally {
        running -= 1;
        next();
      }
    },
  };
}

interface Lookup {
  readonly asked: Promise<NameLookup>;
  readonly controller: AbortController;
  callers: number;
}

/**
 * Each name is looked up once for all callers of the same moment.
 *
 * @param ask gives up when its signal is aborted: no caller waits any more
 */
export function queueLookups(ask: (name: string, signal: AbortSignal) => Promise<NameLookup>): LookUpName {
  const all = queueFor(MAX_LOOKUPS);
  const suspects = queueFor(MAX_SUSPECTS);
  const underWay = new Map<string, Lookup>();
  const failures = createFailures();

  const begin = (name: string): Lookup => {
    const controller = new AbortController();
    const { signal } = controller;
    const work = async (): Promise<NameLookup> => {
      const found = await ask(name, signal);
      failures.note(name, found);
      return found;
    };
    const lookUp = async (): Promise<NameLookup> => all.inTurn(work, signal);
    const asked = failures.isSuspect(name) ? suspects.inTurn(lookUp, signal) : lookUp();
    const begun: Lookup = { asked, controller, callers: 0 };
    underWay.set(name, begun);
    const end = (): void => {
      if (underWay.get(name) === begun) underWay.delete(name);
    };
    asked.then(end, end);
    return begun;
  };

  return async (name) => {
    const failed = failures.latest(name);
    if (failed !== undefined) return failed;
    const lookup = underWay.get(name) ?? begin(name);
    lookup.callers += 1;
    try {
      return await beforeTimeout(lookup.asked);
    } finally {
      lookup.callers -= 1;
      if (lookup.callers === 0 && underWay.get(name) === lookup) {
        underWay.delete(name);
        lookup.controller.abort();
      }
    }
  };
}

function createFailures() {
  const failures = new Map<string, { readonly at: number; readonly found: NameLookup }>();
  const since = (name: string): number => performance.now() - (failures.get(name)?.at ?? -Infinity);
  return {
    note: (name: string, found: NameLookup): void => {
      failures.delete(name);
      if (found.answer !== 'failed') return;
      failures.set(name, { at: performance.now(), found });
      const [oldest] = failures.keys();
      if (failures.size > MAX_FAILURES && oldest !== undefined) failures.delete(oldest);
    },
    isSuspect: (name: string): boolean => since(name) < SUSPECT_FOR_MS,
    latest: (name: string): NameLookup | undefined =>
      since(name) < FAILURE_COUNTS_FOR_MS ? failures.get(name)?.found : undefined,
  };
}

const TIMED_OUT: NameLookup = { answer: 'failed', message: `no answer within ${LOOKUP_TIMEOUT_MS / 1_000} s` };

async function beforeTimeout(asked: Promise<NameLookup>): Promise<NameLookup> {
  const timer = new AbortController();
  const { signal } = timer;
  const timeout = delay(LOOKUP_TIMEOUT_MS, TIMED_OUT, { signal, ref: false }).catch(() => TIMED_OUT);
  try {
    return await Promise.race([asked, timeout]);
  } finally {
    timer.abort();
  }
}

/** Renews the claims of what is in flight, and finds out when the clock was set back. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Observer } from '../observe/observer.ts';
import type { Store } from '../store/port.ts';
import type { InFlight } from './in-flight.ts';

export interface ClaimParts {
  readonly store: Pick<Store, 'renew' | 'hasten'>;
  readonly owner: string;
  readonly inFlight: Pick<InFlight, 'ids' | 'renewed'>;
  /** How long a claim holds, in milliseconds. */
  readonly claimMs: number;
  readonly clock: () => number;
  readonly observer: Pick<Observer, 'fault'>;
}

/**
 * A clock that has been set back by more than this has made everything due later than it should be. Less is taken for the
 * difference between two replicas' clocks: what the other one has claimed must not look as if it were due too late.
 */
const SET_BACK_MS = 30_000;

/** Only claims in flight are renewed: one whose answer was lost, or whose work met a store that was away, runs out. */
export async function keepClaims(parts: ClaimParts, signal: AbortSignal): Promise<void> {
  const { store, owner, inFlight, claimMs, clock, observer } = parts;
  const clockWasSetBack = watchClock(clock);
  let mustHasten = false;
  while (!signal.aborted) {
    await sleep(claimMs / 3, signal);
    try {
      const now = clock();
      inFlight.renewed(await store.renew(owner, inFlight.ids(), now + claimMs), now + claimMs);
      mustHasten = clockWasSetBack() || mustHasten;
      if (mustHasten) await store.hasten(now + claimMs + SET_BACK_MS, now);
      mustHasten = false;
    } catch (error) {
      observer.fault('claims could not be renewed', error);
    }
  }
}

/** The first answer is yes: what the clock did before this process started is not known. */
function watchClock(clock: () => number): () => boolean {
  let ahead = Infinity;
  return () => {
    const before = ahead;
    ahead = clock() - performance.now();
    return before - ahead > SET_BACK_MS;
  };
}

export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  // Being woken early is the point of the signal, not an error.
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

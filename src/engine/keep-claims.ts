/** Renews the claims of the operations in flight, and makes operations due again after the clock was set back. */
import { LONGEST_CLAIM_MS } from '../domain/claim-times.ts';
import type { Observer } from '../observe/observer.ts';
import type { Store } from '../store/port.ts';
import type { InFlight } from './in-flight.ts';
import { sleep } from './sleep.ts';

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
 * After the clock was set back by more than this, everything is due too late. Less may be the difference between two replicas'
 * clocks, and must not make another replica's claims look as if they were due too late.
 */
const SET_BACK_MS = 30_000;

/** Other claims end by themselves: those whose answer was lost, and those that a store outage has interrupted. */
export async function keepClaims(parts: ClaimParts, signal: AbortSignal): Promise<void> {
  const { store, owner, inFlight, claimMs, clock, observer } = parts;
  // The clock may have been set back before this process started, so the first round hastens in any case.
  let ahead = Infinity;
  let mustHasten = false;
  while (!signal.aborted) {
    await sleep(claimMs / 3, signal);
    try {
      const now = clock();
      inFlight.renewed(await store.renew(owner, inFlight.ids(), now + claimMs), now + claimMs);
      const before = ahead;
      ahead = clock() - performance.now();
      mustHasten ||= before - ahead > SET_BACK_MS;
      if (mustHasten) await store.hasten(now + LONGEST_CLAIM_MS + SET_BACK_MS, now);
      mustHasten = false;
    } catch (error) {
      observer.fault('claims could not be renewed', error);
    }
  }
}

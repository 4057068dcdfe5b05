/** The claim on the watch: one replica has it, and another takes it over when that one dies. */
import { CLAIM_MS } from '../domain/claim-times.ts';
import type { Observer } from '../observe/observer.ts';
import type { Store } from '../store/port.ts';

interface ClaimParts {
  readonly store: Pick<Store, 'claimWatch'>;
  readonly owner: string;
  readonly clock: () => number;
  readonly elapsed: () => number;
  readonly observer: Pick<Observer, 'fault'>;
}

export interface WatchClaim {
  /** Claims the watch, or claims it again in time. @returns whether this replica has it */
  readonly hold: () => Promise<boolean>;
  readonly isHeld: () => boolean;
  /** Lets another replica have it at once. */
  readonly release: () => Promise<void>;
}

const RENEW_MS = 30_000;
const TRY_MS = 15_000;

export function createWatchClaim({ store, owner, clock, elapsed, observer }: ClaimParts): WatchClaim {
  let heldUntil = -Infinity;
  let nextTryAt = -Infinity;
  const isHeld = (): boolean => elapsed() < heldUntil;
  const claim = async (): Promise<void> => {
    const begin = elapsed();
    try {
      const now = clock();
      heldUntil = (await store.claimWatch(owner, now, now + CLAIM_MS.watch)) ? begin + CLAIM_MS.watch : -Infinity;
    } catch (error) {
      // A claim that stands goes on until it ends.
      observer.fault('the watch of machines could not be claimed', error);
    }
    nextTryAt = begin + (isHeld() ? RENEW_MS : TRY_MS);
  };
  return {
    hold: async () => {
      if (elapsed() >= nextTryAt) await claim();
      return isHeld();
    },
    isHeld,
    release: async () => {
      if (!isHeld()) return;
      heldUntil = -Infinity;
      const now = clock();
      // Otherwise it ends by itself.
      await store.claimWatch(owner, now, now).catch(() => undefined);
    },
  };
}

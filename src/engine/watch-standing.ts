/** Looks after an operation that waits for its call, for EC2's rate limit say: it gives way as soon as somebody wants that. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Standing } from '../store/port.ts';
import { heldBack } from './ec2-batches.ts';
import type { CarryParts } from './step.ts';

export interface StandingWatch {
  /** Settles with the call, or rejects with what `heldBack` says as soon as the operation has given way. */
  readonly during: <T>(call: Promise<T>) => Promise<T>;
  /** Called right before the call: from here on the last look decides. @returns whether the operation has not given way by then */
  readonly end: () => boolean;
}

/** How often it is looked at, in milliseconds. Most calls have been made by then. */
const WATCH_MS = 2_000;

export function watchStanding(parts: Pick<CarryParts, 'readStanding'>, id: string): StandingWatch {
  const ended = new AbortController();
  let hasGivenWay = false;
  const hasEnded = (): boolean => ended.signal.aborted;

  const watch = async (): Promise<void> => {
    while (!hasEnded()) {
      await delay(WATCH_MS, undefined, { signal: ended.signal, ref: false });
      const standing = await parts.readStanding(id);
      if (hasEnded()) return;
      hasGivenWay = standing === undefined || !isUnopposed(standing);
      if (hasGivenWay) throw heldBack();
    }
  };

  return {
    end: () => {
      ended.abort();
      return !hasGivenWay;
    },
    during: async (call) => {
      // A watch that ends, or that cannot read how the operation stands, has nothing to say: the call has.
      const givenWay = new Promise<never>((_resolve, reject) => {
        watch().catch((error: unknown) => {
          if (hasGivenWay) reject(error instanceof Error ? error : heldBack());
        });
      });
      try {
        return await Promise.race([call, givenWay]);
      } finally {
        ended.abort();
        call.catch(() => undefined);
      }
    },
  };
}

export function isUnopposed({ isResolved, overruledBy, rival }: Standing): boolean {
  return !isResolved && overruledBy === undefined && rival === undefined;
}

/** Watches an operation that waits for its call, because of EC2's rate limit for example: it gives way as soon as something opposes it. */
import { setTimeout as delay } from 'node:timers/promises';
import { tellBarred } from '../domain/precedence.ts';
import { describeWord } from '../domain/word.ts';
import type { Standing } from '../store/port.ts';
import type { ActAnswer } from './ec2-batches.ts';
import type { CarryParts } from './step.ts';

export interface StandingWatch {
  /** Answers as the call does, or `held_back` as soon as something opposes the operation. */
  readonly during: (call: Promise<ActAnswer>) => Promise<ActAnswer>;
  /** Called right before the call: from here on the last look decides. @returns why the operation was held back by then */
  readonly end: () => string | undefined;
}

/** How often the watch looks, in milliseconds. Most calls have been made by then. */
const WATCH_MS = 2_000;

export function watchStanding(parts: Pick<CarryParts, 'readStanding'>, id: string): StandingWatch {
  const ended = new AbortController();
  const { signal } = ended;
  let why: string | undefined;

  const opposed = async (): Promise<ActAnswer> => {
    for (;;) {
      await delay(WATCH_MS, undefined, { signal, ref: false });
      const found = whyOpposed(await parts.readStanding(id));
      signal.throwIfAborted();
      if (found === undefined) continue;
      why = found;
      return { outcome: 'held_back', why: found };
    }
  };

  return {
    end: () => {
      ended.abort();
      return why;
    },
    during: async (call) => {
      try {
        // A watch that ends, or that cannot read the store, leaves the answer to the call.
        return await Promise.race([call, opposed().catch(async () => call)]);
      } finally {
        ended.abort();
        call.catch(() => undefined);
      }
    },
  };
}

/** @returns what opposes an operation now, for people; undefined when nothing does */
export function whyOpposed(standing: Standing | undefined): string | undefined {
  if (standing === undefined) return 'the claim on the operation has ended';
  const { isResolved, overruledBy, rival } = standing;
  if (isResolved) return 'every alert that asked for it has been resolved';
  if (overruledBy !== undefined) return describeWord(overruledBy);
  return rival === undefined ? undefined : tellBarred({ rival, yields: false }, true);
}

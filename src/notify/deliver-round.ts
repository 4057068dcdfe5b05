/** The notices of one channel, a few threads at the same time. */
import { CLAIM_MS } from '../domain/claim-times.ts';
import type { ClaimedNotice } from '../store/notice-port.ts';
import type { Store } from '../store/port.ts';
import type { Channel } from './channel.ts';
import { deliverOne, type DeliverParts, type Tried } from './deliver-one.ts';

export interface RoundParts extends DeliverParts {
  readonly store: Pick<Store, 'claimNotices' | 'settleNotice' | 'nextNoticeAt'>;
  /** Unique to this process. */
  readonly owner: string;
  /** Milliseconds that only grow; by default those of this process. */
  readonly elapsed?: () => number;
  /** Stands around the sending of a notice, for its trace. */
  readonly delivering: (notice: ClaimedNotice, send: () => Promise<Tried>) => Promise<Tried>;
  /** A notice was tried, and what became of it is on disk. */
  readonly onTried: (notice: ClaimedNotice, tried: Tried, ms: number) => void;
}

export interface Look {
  readonly claimed: number;
  /** How long until something may be due. */
  readonly idleMs: number;
}

export interface Round {
  /** Claims what is due, and begins to send it. @returns how many were due */
  readonly tick: () => Promise<number>;
  /** As `tick`. */
  readonly look: () => Promise<Look>;
  /** Says that a notice may be due now. */
  readonly nudge: () => void;
  /** @returns aborted by the next nudge */
  readonly listen: () => AbortSignal;
  /** Resolves when the outcome of everything in flight is on disk. */
  readonly drained: () => Promise<void>;
}

/** Threads that are sent at the same time. */
const AT_ONCE = 4;
/** The longest sleep: a hint that is lost costs no more than this. */
const MAX_IDLE_MS = 5_000;

function monotonic(): number {
  return performance.now();
}

export function createRound(
  parts: RoundParts,
  { name, channel }: { readonly name: string; readonly channel: Channel },
  cutOff: AbortSignal,
): Round {
  const { store, owner, clock, elapsed = monotonic, delivering, onTried, onFault } = parts;
  const inFlight = new Set<Promise<void>>();
  /** Asked for by the vendor. By the monotonic clock: a clock that is set back must not silence the channel. */
  let pausedUntil = 0;
  let waking = new AbortController();
  const nudge = (): void => {
    waking.abort();
  };

  const send = async (notice: ClaimedNotice): Promise<void> => {
    const begin = performance.now();
    const tried = await delivering(notice, async () => deliverOne(parts, channel, notice, cutOff));
    const { outcome, pauseMs } = tried;
    const now = clock();
    if (pauseMs !== undefined) pausedUntil = Math.max(pausedUntil, elapsed() + pauseMs);
    // What the shutdown has cut off is sent by another process at once.
    const kept = cutOff.aborted && outcome.outcome === 'later' ? { ...outcome, at: now } : outcome;
    if (await store.settleNotice(owner, notice.id, kept, now)) onTried(notice, tried, performance.now() - begin);
  };

  /** Without an outcome on disk, the notice is due again when its claim ends. */
  const track = (notice: ClaimedNotice): void => {
    const sending = send(notice)
      .catch((error: unknown) => {
        onFault('a notice could not be sent', error, notice.thread);
      })
      .finally(() => {
        inFlight.delete(sending);
        nudge();
      });
    inFlight.add(sending);
  };

  const tick: Round['tick'] = async () => {
    const now = clock();
    const limit = AT_ONCE - inFlight.size;
    if (limit <= 0 || elapsed() < pausedUntil) return 0;
    const claimed = await store.claimNotices({ channel: name, owner, now, until: now + CLAIM_MS.notice, limit });
    claimed.forEach(track);
    return claimed.length;
  };

  return {
    tick,
    nudge,
    listen: () => {
      waking = new AbortController();
      return waking.signal;
    },
    look: async () => {
      const claimed = await tick();
      // The end of any of them is a hint.
      if (inFlight.size >= AT_ONCE) return { claimed: inFlight.size, idleMs: MAX_IDLE_MS };
      const next = (await store.nextNoticeAt([name])) ?? Infinity;
      return { claimed, idleMs: Math.min(MAX_IDLE_MS, Math.max(0, next - clock(), pausedUntil - elapsed())) };
    },
    drained: async () => {
      await Promise.all(inFlight);
    },
  };
}

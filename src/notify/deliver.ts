/**
 * Takes notices to their channels. Each channel has a round of its own, so that none waits for another. Several replicas go their
 * rounds at the same time, each with notices that it has claimed. A notice is sent at least once: if a process dies with it, the
 * claim ends, and the notice is due again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { StoreUnavailableError, type Store } from '../store/port.ts';
import type { Channel } from './channel.ts';
import { createRound, type Look, type Round, type RoundParts } from './deliver-round.ts';

export interface CourierParts extends RoundParts {
  readonly store: RoundParts['store'] & Pick<Store, 'countPendingNotices' | 'onNotices'>;
  readonly channels: ReadonlyMap<string, Channel>;
}

export interface Courier {
  /** Sends what is due, once. @returns how many were due, when the outcome of each is on disk */
  readonly tick: () => Promise<number>;
  /** Sends whenever something is due, until stopped. */
  readonly start: () => void;
  /** Resolves when everything in flight is on disk, or after the patience in milliseconds: what is left is then due again. */
  readonly stop: (patienceMs: number) => Promise<void>;
}

/** After the store has failed. */
const STORE_RETRY_MS = 2_000;
/** The shortest pause after a look that has found nothing. */
const MIN_IDLE_MS = 100;
/** How long the shutdown waits for what it has cut off. */
const CUT_OFF_MS = 1_000;
/** How often notices are looked for that no replica takes. */
const SWEEP_MS = 60_000;
/** Replicas with a newer configuration may have a channel that this one does not know. */
const UNSERVED_MS = 10 * 60_000;
const SWEPT_AT_ONCE = 100;

export function createCourier(parts: CourierParts): Courier {
  const stopping = new AbortController();
  const cutOff = new AbortController();
  const rounds = [...parts.channels].map(([name, channel]) => createRound(parts, { name, channel }, cutOff.signal));
  const safely = createSafely(parts.onFault);
  let stopListening = (): void => undefined;
  let loops: Promise<unknown> = Promise.resolve();

  const loop = async (round: Round): Promise<void> => {
    while (!stopping.signal.aborted) {
      const woken = round.listen();
      const { claimed, idleMs } = await safely(round.look);
      if (claimed === 0) await rest(MIN_IDLE_MS, stopping.signal);
      await rest(idleMs, woken);
    }
  };
  const sweepNow = async (): Promise<Look> => {
    await sweep(parts);
    return { claimed: 0, idleMs: SWEEP_MS };
  };
  const sweepLoop = async (): Promise<void> => {
    while (!stopping.signal.aborted) await rest((await safely(sweepNow)).idleMs, stopping.signal);
  };
  const nudge = (): void => {
    for (const round of rounds) round.nudge();
  };
  return {
    tick: async () => {
      await sweep(parts);
      const counts = await Promise.all(rounds.map(async (round) => round.tick()));
      await Promise.all(rounds.map(async (round) => round.drained()));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    start: () => {
      stopListening = parts.store.onNotices(nudge);
      loops = Promise.all([...rounds.map(loop), sweepLoop()]);
    },
    stop: async (patienceMs) => {
      stopListening();
      stopping.abort();
      nudge();
      const drained = loops.then(async () => Promise.all(rounds.map(async (round) => round.drained())));
      await Promise.race([drained, delay(patienceMs, undefined, { ref: false })]);
      cutOff.abort();
      await Promise.race([drained, delay(CUT_OFF_MS, undefined, { ref: false })]);
    },
  };
}

/** Ends the notices that no replica takes: their channel was taken out of the configuration. */
async function sweep({ store, channels, owner, clock, onTried }: CourierParts): Promise<void> {
  for (const { channel } of await store.countPendingNotices()) {
    if (channels.has(channel)) continue;
    const now = clock();
    const unserved = { channel, owner, now: now - UNSERVED_MS, until: now + SWEEP_MS, limit: SWEPT_AT_ONCE };
    for (;;) {
      const claimed = await store.claimNotices(unserved);
      const outcome = { outcome: 'failed', error: `no channel ${channel} is configured any more` } as const;
      for (const notice of claimed) {
        if (await store.settleNotice(owner, notice.id, outcome, now)) onTried(notice, { outcome, isHanded: false }, 0);
      }
      if (claimed.length === 0) break;
    }
  }
}

/** An outage of the store is told once, however many rounds find it. */
function createSafely(onFault: CourierParts['onFault']): (look: () => Promise<Look>) => Promise<Look> {
  let isTold = false;
  return async (look) => {
    try {
      const found = await look();
      isTold = false;
      return found;
    } catch (error) {
      if (!isTold || !(error instanceof StoreUnavailableError)) onFault('notices could not be looked for', error);
      isTold = true;
      return { claimed: 0, idleMs: STORE_RETRY_MS };
    }
  };
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

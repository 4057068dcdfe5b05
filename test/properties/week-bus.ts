/** The channel of a week: it is up or down by chance, and keeps what it has delivered. */
import type { Store } from '../../src/store/port.ts';
import { MINUTE } from './week-ledger.ts';

export interface Bus {
  isUp: boolean;
  /** Delivers what is due, or fails to. */
  readonly deliver: (store: Store) => Promise<void>;
  /** @returns why a machine should not have been stopped at that time, of its own accord; undefined if people had their time */
  readonly whyUnannounced: (instance: string, at: number, beforeMs: number) => string | undefined;
}

interface Warning {
  readonly warnedAt: number;
  toldAt?: number;
}

/** A delivery within a tenth of the time counts as made at once, and at most within a minute. Stops come at full seconds. */
function atOnceMs(beforeMs: number): number {
  return Math.max(2_000, Math.min(MINUTE, (beforeMs + 1_000) / 10));
}

export function newBus(): Bus {
  /** By machine, the last one. */
  const warnings = new Map<string, Warning>();
  const bus: Bus = {
    isUp: true,
    deliver: async (store) => {
      const now = Date.now();
      const due = { channel: 'bus', owner: 'bus', now, until: now + MINUTE, limit: 100 };
      for (;;) {
        const claimed = await store.claimNotices(due);
        for (const { id, news } of claimed) {
          if (news.kind === 'warning') {
            const last = warnings.get(news.machine.id);
            const warning = last?.warnedAt === news.warnedAt ? last : { warnedAt: news.warnedAt };
            if (last === undefined || last.warnedAt <= news.warnedAt) warnings.set(news.machine.id, warning);
            if (bus.isUp) warning.toldAt ??= now;
          }
          const later = { outcome: 'later', at: now + MINUTE, error: 'the channel is down' } as const;
          await store.settleNotice('bus', id, bus.isUp ? { outcome: 'sent' } : later, now);
        }
        if (claimed.length === 0) return;
      }
    },
    whyUnannounced: (instance, at, beforeMs) => {
      const warning = warnings.get(instance);
      if (warning === undefined) return 'nobody was warned';
      if (warning.toldAt === undefined) return 'nobody was told of the warning';
      const isLate = warning.toldAt > warning.warnedAt + atOnceMs(beforeMs);
      const least = (isLate ? warning.toldAt : warning.warnedAt) + beforeMs;
      return at >= least ? undefined : `people had until ${new Date(least).toISOString()}`;
    },
  };
  return bus;
}

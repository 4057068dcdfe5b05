/**
 * Notes when machines that came back after a stop were first used, as Prometheus sees it. All replicas may look: what one has written,
 * the others find.
 */
import type { StopRecord } from '../domain/stop-record.ts';
import { targetKey } from '../domain/target.ts';
import type { Store } from '../store/port.ts';
import { changesAfter } from './changed-stops.ts';
import { sleep } from './sleep.ts';

/** When a machine was at work, by the name that alerts give it. */
export interface SeenUses {
  readonly machine: string;
  /** Moments in pairs, in order: where a use begins, and the first moment after it. */
  readonly uses: readonly number[];
}

export interface FirstUseParts {
  readonly store: Pick<Store, 'changedStops' | 'find' | 'list' | 'recordUse'>;
  /** Times are milliseconds since the epoch. */
  readonly readUse: (since: number, until: number) => Promise<readonly SeenUses[]>;
  readonly clock: () => number;
  readonly log: { warn(fields: object, message: string): void };
}

const EVERY_MS = 5 * 60_000;
/** A machine that nobody used for so long was not wanted. */
const LOOKS_FOR_MS = 86_400_000;
/** Readings come late, and Prometheus may have been away for a moment. */
const OVERLAP_MS = 15 * 60_000;

/** Resolves when the signal is aborted. */
export async function keepFirstUses(parts: FirstUseParts, signal: AbortSignal): Promise<void> {
  const look = createFirstUseLook(parts);
  for (;;) {
    await sleep(EVERY_MS, signal);
    // While it slept, the server may have ended.
    if (signal.aborted) return;
    try {
      await look();
    } catch (error) {
      // A record without it is as good; the next look asks for the same time again.
      parts.log.warn({ err: error }, 'the first use of machines after their starts could not be read');
    }
  }
}

export function createFirstUseLook({ store, readUse, clock }: FirstUseParts): () => Promise<void> {
  let lookedUntil = -Infinity;
  return async () => {
    const now = clock();
    const since = now - LOOKS_FOR_MS;
    const stops: StopRecord[] = [];
    for await (const page of changesAfter(store, { changedAt: since, operation: '' }))
      for (const stop of page.stops) if (isUnused(stop) && stop.back.at > since) stops.push(stop);
    if (stops.length > 0) {
      const oldest = Math.min(...stops.map(({ back }) => back?.at ?? now));
      const seen = await readUse(Math.max(oldest, lookedUntil - OVERLAP_MS), now);
      const uses = new Map(seen.map((one) => [one.machine, one.uses]));
      for (const stop of stops) await note(stop, uses);
    }
    lookedUntil = now;
  };

  async function note(stop: StopRecord, uses: ReadonlyMap<string, readonly number[]>): Promise<void> {
    const name = await seenName(stop, uses);
    const own = name === undefined ? undefined : uses.get(name);
    const backAt = stop.back?.at ?? Infinity;
    const at = own === undefined ? undefined : firstUse(own, backAt);
    if (at !== undefined) await store.recordUse(stop.operation, at, clock());
  }

  /** The name by which Prometheus knows the machine. People and leases may name it otherwise than alerts do. */
  async function seenName(stop: StopRecord, uses: ReadonlyMap<string, unknown>): Promise<string | undefined> {
    const operation = await store.find(stop.operation);
    const name = operation === undefined ? undefined : targetKey(operation.intent.target);
    if (name !== undefined && uses.has(name)) return name;
    const others = await store.list({ machine: { instance: stop.instance }, limit: NAMES });
    return others
      .filter(({ instance, intent: { cause } }) => instance?.id === stop.instance && cause.by === 'alert')
      .map(({ intent: { target } }) => targetKey(target))
      .find((other) => uses.has(other));
  }
}

/** How many operations of a machine are read for its name. */
const NAMES = 50;

function isUnused(stop: StopRecord): stop is StopRecord & Required<Pick<StopRecord, 'back'>> {
  return stop.back !== undefined && stop.usedAt === undefined;
}

/** The first moment of work after the machine was back. */
function firstUse(uses: readonly number[], backAt: number): number | undefined {
  for (let index = 0; index < uses.length; index += 2) {
    const [from = 0, until = 0] = [uses[index], uses[index + 1]];
    if (until > backAt) return Math.max(from, backAt);
  }
  return undefined;
}

/**
 * Records what EC2 shows: the pages of the watch, and the machines that the engine describes anyway. So a stop of ours shows within a
 * second, without another call.
 */
import type { Instance } from '../domain/instance.ts';
import type { Sighting } from '../domain/machine.ts';
import { sightingOf } from '../domain/sighting.ts';
import type { CostOf } from '../domain/stop-record.ts';
import type { Observer } from '../observe/observer.ts';
import type { Store } from '../store/port.ts';
import { sleep } from './sleep.ts';

export interface RecordParts {
  readonly store: Pick<Store, 'recordSeen'>;
  /** The tags that name the owner of a machine. */
  readonly ownerTags: readonly string[];
  /** What a machine costs when a stop of ours begins; absent where nothing is known of that. */
  readonly costOf?: CostOf | undefined;
  readonly clock: () => number;
  readonly observer: Pick<Observer, 'fault'>;
}

export interface SeenRecorder {
  /** Writes a page. @throws what the store throws */
  readonly record: (instances: readonly Instance[], at: number) => Promise<void>;
  /** Called when EC2 is asked. It returns a function for the answer, which is written soon; no caller waits for that. */
  readonly begin: () => (instances: readonly Instance[]) => void;
  /** Resolves when all that was handed over is written, or could not be. */
  readonly settled: () => Promise<void>;
}

/** Sightings of the engine are written together, so many milliseconds after the first one. */
const GATHER_MS = 500;
/** A machine that looks as before is not written again so soon: the watch looks at all of them once a minute. */
const SAME_FOR_MS = 90_000;
/** The machines whose last look is remembered; of more, the oldest are forgotten. */
const MAX_REMEMBERED = 10_000;
/** A transaction with more would hold up others. */
const MAX_TOGETHER = 100;
/** A pause is so many times as long as the write before it: under load, the engine keeps four fifths of the database. */
const PAUSES = 4;
const MAX_PAUSE_MS = 2_000;

export function createSeenRecorder(parts: RecordParts): SeenRecorder {
  const { store, ownerTags, costOf, clock, observer } = parts;
  const remembered = createRemembered();
  const waiting: Sighting[] = [];
  let writing: Promise<void> | undefined;

  const write = async (sightings: readonly Sighting[]): Promise<void> => {
    try {
      for (let start = 0; start < sightings.length; start += MAX_TOGETHER) {
        await store.recordSeen(sightings.slice(start, start + MAX_TOGETHER), clock(), costOf);
      }
    } catch (error) {
      for (const { id } of sightings) remembered.forget(id);
      throw error;
    }
  };

  const writeWaiting = async (): Promise<void> => {
    let pauseMs = GATHER_MS;
    while (waiting.length > 0) {
      await sleep(pauseMs, NEVER);
      const sightings = waiting.splice(0);
      const begin = performance.now();
      try {
        await write(sightings);
      } catch (error) {
        observer.fault('what EC2 has shown of machines could not be recorded', error);
      }
      pauseMs = Math.max(GATHER_MS, Math.min(MAX_PAUSE_MS, (performance.now() - begin) * PAUSES));
    }
    writing = undefined;
  };

  return {
    record: async (instances, at) => {
      const sightings = instances.map((instance) => sightingOf(instance, at, ownerTags));
      for (const sighting of sightings) remembered.note(sighting);
      await write(sightings);
    },
    begin: () => {
      const at = clock();
      return (instances) => {
        for (const instance of instances) {
          const sighting = sightingOf(instance, at, ownerTags);
          if (remembered.note(sighting)) waiting.push(sighting);
        }
        if (waiting.length > 0) writing ??= writeWaiting();
      };
    },
    settled: async () => writing,
  };
}

const NEVER = new AbortController().signal;

/** How machines were recorded last, in the order of that. */
function createRemembered() {
  const looks = new Map<string, { readonly at: number; readonly look: string }>();
  return {
    /** @returns whether it is worth recording */
    note: (sighting: Sighting): boolean => {
      const { id, at, ...shown } = sighting;
      const look = JSON.stringify(shown);
      const known = looks.get(id);
      if (known?.look === look && Math.abs(at - known.at) < SAME_FOR_MS) return false;
      looks.delete(id);
      looks.set(id, { at, look });
      const [oldest] = looks.keys();
      if (looks.size > MAX_REMEMBERED && oldest !== undefined) looks.delete(oldest);
      return true;
    },
    forget: (id: string): void => {
      looks.delete(id);
    },
  };
}

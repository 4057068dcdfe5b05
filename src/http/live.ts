/** Open pages share the streams of hints, and what they read again after a hint. */
import { setTimeout } from 'node:timers/promises';
import { createSharedRows, type SharedRows } from '../web/machines/shared-rows.ts';
import { createEventStreams, type EventStreams, type EventStreamsOptions } from './event-streams.ts';
import type { KnownActs, KnownBrakes } from './brakes.ts';
import type { Changes } from '../engine/changes.ts';
import type { KnownPauses } from './known-pauses.ts';

/** More than all replicas tell while an answer is kept. */
const MOST_HEARD = 100;
/** Longer than any event's id. */
const LONGEST_ID = 100;
/** The shortest time between two rereads of all open pages for unknown ids, which a client may have invented. In milliseconds. */
const FORGET_EVERY_MS = 250;

export interface Live {
  /**
   * A page asks that was told of a change, maybe by another replica, from which this one has not heard yet. The page is told once, so
   * it must not get what was made before.
   *
   * @param id of the last event that the page has seen; null where it says none
   * @returns resolves, within a moment, once all that was made before is forgotten
   */
  readonly catchUp: (id: string | null) => Promise<void>;
  readonly eventStreams: EventStreams;
  readonly sharedRows: SharedRows;
  readonly pauses: KnownPauses;
  readonly knownActs: KnownActs;
}

interface LiveOptions extends EventStreamsOptions, KnownBrakes {
  readonly changes: Pick<Changes, 'subscribe' | 'since' | 'latest' | 'isOwn'>;
}

export function createLive({ pauses, knownActs, ...options }: LiveOptions): Live {
  const { changes } = options;
  /** Ids of other replicas, from after which nothing is kept. */
  const heard = new Set<string>();
  let ahead = 0;
  let forgottenAt = -Infinity;
  let planned: Promise<void> | undefined;
  const remember = (id: string): void => {
    heard.add(id);
    for (const oldest of heard) {
      if (heard.size <= MOST_HEARD) break;
      heard.delete(oldest);
    }
  };
  const forget = (): void => {
    planned = undefined;
    forgottenAt = performance.now();
    ahead += 1;
    pauses.forget();
  };
  const forgetSoon = async (): Promise<void> => {
    const wait = forgottenAt + FORGET_EVERY_MS - performance.now();
    if (planned === undefined && wait <= 0) forget();
    else await (planned ??= setTimeout(wait).then(forget));
  };
  // A pause is a hint about everything, also where another replica took it. Pages that are read after it show it.
  changes.subscribe(({ hint }) => {
    if ('all' in hint) pauses.forget();
  });
  const eventStreams = createEventStreams(options);
  return {
    eventStreams,
    sharedRows: createSharedRows(() => `${eventStreams.latest()} ${ahead}`),
    pauses,
    knownActs,
    catchUp: async (id) => {
      if (id === null || id.length > LONGEST_ID || changes.isOwn(id) || heard.has(id)) return;
      await forgetSoon();
      remember(id);
    },
  };
}

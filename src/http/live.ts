/** Open pages share the streams of hints, and what they read again after a hint. */
import { createSharedRows, type SharedRows } from '../web/machines/shared-rows.ts';
import { createEventStreams, type EventStreams, type EventStreamsOptions } from './event-streams.ts';
import type { KnownActs, KnownBrakes } from './brakes.ts';
import type { KnownPauses } from './known-pauses.ts';

/** More than all replicas tell while an answer is kept. */
const MOST_HEARD = 100;
/** Longer than any event's id. */
const LONGEST_ID = 100;

export interface Live {
  /**
   * A page asks that was told of a change, maybe by another replica, from which this one has not heard yet. The page is told once, so
   * it must not get what was made before.
   *
   * @param id of the last event that the page has seen; null where it says none
   */
  readonly catchUp: (id: string | null) => void;
  readonly eventStreams: EventStreams;
  readonly sharedRows: SharedRows;
  readonly pauses: KnownPauses;
  readonly knownActs: KnownActs;
}

export function createLive({ pauses, knownActs, ...options }: EventStreamsOptions & KnownBrakes): Live {
  const heard = new Set<string>();
  let ahead = 0;
  const remember = (id: string): void => {
    heard.add(id);
    for (const oldest of heard) {
      if (heard.size <= MOST_HEARD) break;
      heard.delete(oldest);
    }
  };
  // A pause is a hint about everything, also where another replica took it. Pages that are read after it show it.
  options.changes.subscribe(({ id, hint }) => {
    remember(id);
    if ('all' in hint) pauses.forget();
  });
  const eventStreams = createEventStreams(options);
  return {
    eventStreams,
    sharedRows: createSharedRows(() => `${eventStreams.latest()} ${ahead}`),
    pauses,
    knownActs,
    catchUp: (id) => {
      if (id === null || id.length > LONGEST_ID || heard.has(id)) return;
      remember(id);
      ahead += 1;
      pauses.forget();
    },
  };
}

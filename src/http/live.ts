/** Open pages share the streams of hints, and what they read again after a hint. */
import { createSharedRows, type SharedRows } from '../web/machines/shared-rows.ts';
import { createEventStreams, type EventStreams, type EventStreamsOptions } from './event-streams.ts';
import type { KnownActs, KnownBrakes } from './brakes.ts';
import type { KnownPauses } from './known-pauses.ts';

export interface Live {
  readonly eventStreams: EventStreams;
  readonly sharedRows: SharedRows;
  readonly pauses: KnownPauses;
  readonly knownActs: KnownActs;
}

export function createLive({ pauses, knownActs, ...options }: EventStreamsOptions & KnownBrakes): Live {
  // A pause is a hint about everything, also where another replica took it. Pages that are read after it show it.
  options.changes.subscribe(({ hint }) => {
    if ('all' in hint) pauses.forget();
  });
  const eventStreams = createEventStreams(options);
  return { eventStreams, sharedRows: createSharedRows(eventStreams.latest), pauses, knownActs };
}

/** Open pages share the streams of hints, and the rows that they read again after a hint. */
import { createSharedRows, type SharedRows } from '../web/machines/shared-rows.ts';
import { createEventStreams, type EventStreams, type EventStreamsOptions } from './event-streams.ts';

export interface Live {
  readonly eventStreams: EventStreams;
  readonly sharedRows: SharedRows;
}

export function createLive(options: EventStreamsOptions): Live {
  const eventStreams = createEventStreams(options);
  return { eventStreams, sharedRows: createSharedRows(eventStreams.latest) };
}

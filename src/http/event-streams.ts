/** The streams of hints to all open pages: limited in number, and ended with the right to them. */
import type { Changes } from '../engine/changes.ts';
import { createEventStream, eventOf, type EventStream } from './event-stream.ts';
import { ProblemError } from './problem.ts';
import type { Lasting } from './lasting.ts';

export interface EventStreams {
  /** @throws ProblemError with 503 where there are too many */
  readonly open: (wanted: WantedStream) => Response;
  /** Names this moment: a page that is made now asks for what comes after it. */
  readonly latest: () => string;
  /** A right was taken away: those without one end now, instead of a little later. */
  readonly askAgain: () => void;
  /** Ends all of them. No other begins. */
  readonly close: () => void;
}

interface WantedStream {
  /** Whose limit it counts for. */
  readonly reader: string;
  /** Names the last event that the page has seen. */
  readonly seen: string | undefined;
  /** Rejects once the right to the stream is gone. */
  readonly askAgain: () => Promise<unknown>;
  readonly lasting: Lasting | undefined;
  /** The stream ends after a minute: the right to it is known to a new request alone. */
  readonly isBrief?: boolean;
}

export interface EventStreamsOptions {
  readonly changes: Pick<Changes, 'subscribe' | 'since' | 'latest'>;
  readonly metrics: StreamMetrics;
  readonly limits?: Partial<Readonly<Record<keyof typeof LIMITS, number>>>;
}

interface StreamMetrics {
  readonly streamsOpen: (count: number) => void;
  readonly hintSent: (labels: { readonly outcome: 'sent' | 'joined' }) => void;
}

const LIMITS = {
  streams: 500,
  /** Some people have many tabs, and some have one token for a whole team. */
  perReader: 100,
  /** How often a stream gets a sign of life, and the right to it is asked again. In milliseconds. */
  beatMs: 15_000,
  /** How long a brief stream lasts, in milliseconds. */
  briefMs: 60_000,
} as const;

export const EVENT_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // nginx passes the events on at once.
  'x-accel-buffering': 'no',
  // The connection is counted apart from those of senders until it ends.
  connection: 'close',
} as const;

/** After a restart, pages come back spread over this time. In milliseconds. */
const RETRY_MS = { least: 1_000, more: 2_000 } as const;

/** How long a reader has to take the end of its stream, in milliseconds. */
const LEAVE_MS = 1_000;

export function createEventStreams({ changes, metrics, limits = {} }: EventStreamsOptions): EventStreams {
  const { streams: mostStreams, perReader, beatMs, briefMs } = { ...LIMITS, ...limits };
  const open = new Map<EventStream, Pick<WantedStream, 'reader' | 'askAgain'>>();
  let isOver = false;
  const requireRoom = (reader: string): void => {
    if (isOver) throw tooMany('the server is about to end');
    const own = open.values().reduce((count, one) => (one.reader === reader ? count + 1 : count), 0);
    if (own >= perReader) throw tooMany(`${perReader} pages of ${reader} are live already`);
    if (open.size < mostStreams) return;
    // Few readers with many streams leave room for the others.
    const oldest = oldestOfMost(open);
    if (oldest === undefined || own + 1 >= oldest.count) throw tooMany(`${mostStreams} pages are live already`);
    oldest.stream.end();
  };
  return {
    latest: () => changes.latest(),
    open: ({ reader, seen, askAgain, lasting, isBrief = false }) => {
      requireRoom(reader);
      const endListening = changes.subscribe((told) => {
        metrics.hintSent({ outcome: stream.tell(told) ? 'joined' : 'sent' });
      });
      const stream = createEventStream(greet(changes, seen), () => {
        endListening();
        clearInterval(timer);
        clearTimeout(end);
        open.delete(stream);
        metrics.streamsOpen(open.size);
        // A reader that takes nothing more would keep its connection.
        if (lasting !== undefined) setTimeout(lasting.cut, LEAVE_MS).unref();
      });
      const timer = setInterval(() => {
        if (stream.beat()) askAgain().catch(stream.end);
        else stream.end();
      }, beatMs).unref();
      // The page comes back within seconds, and is told what it has missed.
      const end = isBrief ? setTimeout(stream.end, briefMs).unref() : undefined;
      open.set(stream, { reader, askAgain });
      metrics.streamsOpen(open.size);
      lasting?.begun();
      return new Response(stream.body, { headers: EVENT_HEADERS });
    },
    askAgain: () => {
      for (const [stream, { askAgain }] of open) askAgain().catch(stream.end);
    },
    close: () => {
      isOver = true;
      for (const stream of open.keys()) stream.end();
    },
  };
}

/** The oldest stream of the reader that has most of them, and how many that are. */
function oldestOfMost(
  open: ReadonlyMap<EventStream, Pick<WantedStream, 'reader'>>,
): { readonly stream: EventStream; readonly count: number } | undefined {
  const most = [...Map.groupBy(open, ([, { reader }]) => reader).values()].toSorted((a, b) => b.length - a.length)[0];
  const [stream] = most?.[0] ?? [];
  return most === undefined || stream === undefined ? undefined : { stream, count: most.length };
}

/** The first event comes at once, so that a page can tell a proxy that holds events back. */
function greet(changes: EventStreamsOptions['changes'], seen: string | undefined): string {
  const id = changes.latest();
  const missed = seen === undefined ? undefined : changes.since(seen);
  const first = missed === undefined ? `id: ${id}\nevent: hello\ndata: {}\n\n` : eventOf({ id, hint: missed });
  return `retry: ${RETRY_MS.least + Math.floor(Math.random() * RETRY_MS.more)}\n\n${first}`;
}

function tooMany(why: string): ProblemError {
  return new ProblemError(503, `no live updates at the moment: ${why}; the page asks again by itself`, {
    headers: { 'retry-after': '30' },
  });
}

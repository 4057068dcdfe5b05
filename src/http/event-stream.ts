/** The stream of hints to one open page, as server-sent events. It holds one event at most, however slowly it is read. */
import { joinHints } from '../domain/hint.ts';
import type { ToldHint } from '../engine/changes.ts';

export interface EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Events that are not read yet become one. @returns whether this one was joined to another */
  readonly tell: (told: ToldHint) => boolean;
  /** Sends a sign of life, which keeps proxies from ending the stream. @returns false if nothing was read since the last one but one */
  readonly beat: () => boolean;
  readonly end: () => void;
}

const encoder = new TextEncoder();
/** Browsers show a comment to no script, so it comes with an event. */
const BEAT = ':\nevent: beat\ndata: {}\n\n';
/** Twice unread in a row, and the reader is gone. */
const MOST_UNREAD = 2;

/** @param onGone called once the reader is gone, or the stream has ended */
export function createEventStream(greeting: string, onGone: () => void): EventStream {
  let next: ToldHint | undefined;
  let beats = 0;
  let isOver = false;
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const give = (): void => {
    if (isOver || controller === undefined || (controller.desiredSize ?? 0) <= 0) return;
    if (next === undefined && beats === 0) return;
    const bytes = next === undefined ? encoder.encode(BEAT) : encodeOnce(next);
    // A reader that waits pulls within `enqueue`, and must not find the same event once more.
    next = undefined;
    beats = 0;
    controller.enqueue(bytes);
  };
  const leave = (): void => {
    if (isOver) return;
    isOver = true;
    onGone();
  };
  const body = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given;
      given.enqueue(encoder.encode(greeting));
    },
    pull: give,
    cancel: leave,
  });
  return {
    body,
    tell: (told) => {
      const isJoined = next !== undefined;
      next = next === undefined ? told : { id: told.id, hint: joinHints(next.hint, told.hint) };
      give();
      return isJoined;
    },
    beat: () => {
      beats += 1;
      give();
      return beats <= MOST_UNREAD;
    },
    end: () => {
      if (isOver) return;
      leave();
      controller?.close();
    },
  };
}

export function eventOf({ id, hint }: ToldHint): string {
  return `id: ${id}\nevent: hint\ndata: ${JSON.stringify(hint)}\n\n`;
}

/** All pages are told the same, so the last event is kept. */
let encoded: { readonly told: ToldHint; readonly bytes: Uint8Array } | undefined;

function encodeOnce(told: ToldHint): Uint8Array {
  if (encoded?.told !== told) encoded = { told, bytes: encoder.encode(eventOf(told)) };
  return encoded.bytes;
}

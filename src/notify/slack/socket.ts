/** One connection of Slack's Socket Mode: https://docs.slack.dev/apis/events-api/using-socket-mode */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import * as z from 'zod';

/** What Slack sends when a person presses a button or writes a command. */
export interface Envelope {
  readonly type: 'interactive' | 'slash_commands';
  readonly payload: unknown;
}

export interface SocketEars {
  /** @param app the id of the app, where Slack names it */
  readonly onHello: (app: string | undefined) => void;
  /** The envelope is acknowledged already. */
  readonly onEnvelope: (envelope: Envelope) => void;
  /** No further envelope can be taken now: it is not acknowledged, and Slack says so to the person. */
  readonly isFull: () => boolean;
}

/** Why a connection has ended. A connection that Slack is about to replace goes on for a while beside the next one. */
export type SocketEnd = 'closed' | 'silent' | 'no_hello' | 'replaced' | 'link_disabled' | 'too_many_websockets';

export interface SocketPatience {
  /** Until Slack says hello. In milliseconds, like the others. */
  readonly helloMs: number;
  /** Without a ping after the first one. Slack sends them every few seconds; its own library waits as long. */
  readonly pingMs: number;
  /** Without any ping. */
  readonly noPingMs: number;
  /** How long an old connection goes on. */
  readonly oldMs: number;
}

const message = z.union([
  z.looseObject({
    type: z.literal('hello'),
    connection_info: z.looseObject({ app_id: z.string().optional() }).optional(),
  }),
  z.looseObject({ type: z.literal('disconnect'), reason: z.string().optional() }),
  z.looseObject({ type: z.enum(['interactive', 'slash_commands']), envelope_id: z.string(), payload: z.unknown() }),
  // An app that has other events switched on: they are acknowledged, so that they do not come again.
  z.looseObject({ type: z.string(), envelope_id: z.string() }),
]);

/**
 * Listens until the connection ends, or until Slack announces its end.
 *
 * @param url holds a secret that opens one connection
 */
export async function listenOnSocket(
  url: string,
  ears: SocketEars,
  patience: SocketPatience,
  signal: AbortSignal,
): Promise<SocketEnd> {
  const { promise, resolve } = Promise.withResolvers<SocketEnd>();
  const wire = watchWire(url);
  const socket = new WebSocket(url);
  let timer = setTimeout(resolve, patience.helloMs, 'no_hello');
  const expectPing = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(resolve, ms, 'silent');
  };
  let hasPinged = false;
  const onPing = (news: unknown): void => {
    if (!isAbout(news, socket)) return;
    hasPinged = true;
    expectPing(patience.pingMs);
  };
  subscribe('undici:websocket:ping', onPing);
  socket.addEventListener('message', ({ data }) => {
    const read = readMessage(data);
    if (read === undefined) return;
    if (read.type === 'hello') {
      // A ping behind it is seen first.
      if (!hasPinged) expectPing(patience.noPingMs);
      ears.onHello('connection_info' in read ? appOf(read.connection_info) : undefined);
    } else if (read.type === 'disconnect') resolve(endOf('reason' in read ? read.reason : undefined));
    else if ('envelope_id' in read) take(socket, read, ears);
  });
  socket.addEventListener('error', () => {
    resolve('closed');
  });
  socket.addEventListener('close', () => {
    resolve('closed');
  });
  const close = (): void => {
    resolve('closed');
  };
  signal.addEventListener('abort', close);
  if (signal.aborted) close();
  const end = await promise;
  clearTimeout(timer);
  unsubscribe('undici:websocket:ping', onPing);
  const leave = (): void => {
    signal.removeEventListener('abort', leave);
    socket.close();
    wire.end();
  };
  signal.removeEventListener('abort', close);
  if (end !== 'replaced' || signal.aborted) leave();
  else {
    signal.addEventListener('abort', leave);
    setTimeout(leave, patience.oldMs).unref();
  }
  return end;
}

/** Finds the TCP socket, which a WebSocket hides: it waits for the other side's goodbye, and a side that has vanished says none. */
function watchWire(url: string): { readonly end: () => void } {
  const { pathname, search } = new URL(url);
  let wire: Socket | undefined;
  const onHeaders = (news: unknown): void => {
    const { data } = sending.safeParse(news);
    if (data?.request.path !== `${pathname}${search}`) return;
    wire = data.socket;
    unsubscribe('undici:client:sendHeaders', onHeaders);
  };
  subscribe('undici:client:sendHeaders', onHeaders);
  return {
    end: () => {
      unsubscribe('undici:client:sendHeaders', onHeaders);
      // The goodbye is still sent.
      wire?.destroySoon();
    },
  };
}

/** The path holds a ticket for this connection alone. */
const sending = z.looseObject({ request: z.looseObject({ path: z.string() }), socket: z.instanceof(Socket) });

function take(socket: WebSocket, read: Record<string, unknown>, ears: SocketEars): void {
  const { type, envelope_id: id, payload } = read;
  const isHeard = type === 'interactive' || type === 'slash_commands';
  if (isHeard && ears.isFull()) return;
  // Slack waits for three seconds. The work takes its time afterwards.
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ envelope_id: id }));
  if (isHeard) ears.onEnvelope({ type, payload });
}

function readMessage(data: unknown): z.output<typeof message> | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    return message.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}

function appOf(info: unknown): string | undefined {
  return z.looseObject({ app_id: z.string() }).safeParse(info).data?.app_id;
}

/** `warning` and `refresh_requested` come some seconds before the end. */
function endOf(reason: unknown): SocketEnd {
  return reason === 'link_disabled' || reason === 'too_many_websockets' ? reason : 'replaced';
}

function isAbout(news: unknown, socket: WebSocket): boolean {
  return typeof news === 'object' && news !== null && 'websocket' in news && news.websocket === socket;
}

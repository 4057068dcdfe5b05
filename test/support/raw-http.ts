/** HTTP without a client's help: what no ordinary client would send, and what it would hide of the answer. */
import { once } from 'node:events';
import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Sends the chunks one by one, each in a write of its own and without a length unless the headers say one. */
export async function send(
  url: string,
  options: {
    readonly method: string;
    readonly headers?: OutgoingHttpHeaders;
    readonly chunks?: Iterable<string>;
    /** The address to send from, such as another one of loopback. */
    readonly localAddress?: string;
  },
): Promise<RawAnswer> {
  const { method, headers = {}, chunks = [], localAddress } = options;
  const outgoing = httpRequest(url, {
    method,
    headers,
    agent: false,
    ...(localAddress === undefined ? {} : { localAddress }),
  });
  const answered = Promise.withResolvers<IncomingMessage>();
  outgoing.once('error', answered.reject);
  outgoing.once('response', answered.resolve);
  for (const chunk of chunks) {
    const { promise, resolve } = Promise.withResolvers<void>();
    outgoing.write(chunk, () => {
      resolve();
    });
    await promise;
  }
  outgoing.end();
  const response = await answered.promise;
  const isEndless = response.headers['content-type'] === 'text/event-stream' && method !== 'HEAD';
  const body = isEndless ? await firstOf(response) : await text(response);
  return { status: response.statusCode ?? 0, headers: toHeaders(response.headers), text: body };
}

/** The first piece of an answer that does not end by itself. */
async function firstOf(response: IncomingMessage): Promise<string> {
  const chunks: readonly unknown[] = await once(response, 'data');
  response.destroy();
  return String(chunks[0]);
}

/** Writes bytes to the socket and leaves it open, and resolves with all that comes back until the other side closes it. */
export async function sendBytes(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  // A server that cuts a sender off may reset the connection: what it said before counts.
  socket.on('error', () => undefined);
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return received;
}

/** Writes bytes to the socket and ends it, and resolves with all that comes back until the other side ends it as well. */
export async function exchangeBytes(url: string, bytes: Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  socket.end(bytes);
  await once(socket, 'close');
  return received;
}

function toHeaders(headers: IncomingHttpHeaders): Headers {
  return new Headers(Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]));
}

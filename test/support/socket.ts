/** The socket with an answer of its own, and connections to it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { listen, type Listening, type ListenOptions } from '../../src/http/listen.ts';

export interface Served extends AsyncDisposable, Listening {
  readonly faults: string[];
  readonly reloads: () => number;
}

export async function serve(
  options: Partial<ListenOptions> = {},
  answer: Parameters<typeof listen>[0] = () => new Response('pong'),
): Promise<Served> {
  const faults: string[] = [];
  let reloads = 0;
  const listening = await listen(answer, {
    host: '127.0.0.1',
    port: 0,
    isProxy: () => false,
    onFull: () => undefined,
    onTlsReload: () => (reloads += 1),
    onTlsFault: (error) => faults.push(String(error)),
    ...options,
  });
  return { ...listening, faults, reloads: () => reloads, [Symbol.asyncDispose]: async () => listening.close() };
}

export async function open({ address }: Listening): Promise<Socket> {
  const socket = connect(address.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Asks once, and leaves the connection open: with GET as a stranger, with POST as one who has shown a token. */
export async function ask(socket: Socket, method: 'GET' | 'POST', from = 'ada'): Promise<void> {
  const answered = once(socket, 'data');
  socket.write(`${method} / HTTP/1.1\r\nHost: x\r\nFrom: ${from}\r\nContent-Length: 0\r\n\r\n`);
  assert.match(String(await answered), /pong$/);
}

/** A sender of POST has shown a token. */
export const admitting: Parameters<typeof listen>[0] = (request, { admitted }) => {
  if (request.method === 'POST') admitted(request.headers.get('from') ?? '');
  return new Response('pong');
};

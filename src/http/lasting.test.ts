/** Answers that do not end by themselves take no place of those that do. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { listen, type Listening } from './listen.ts';

async function ask({ address }: Listening, method: 'GET' | 'POST'): Promise<Socket> {
  const socket = connect(address.port, '127.0.0.1');
  socket.on('error', () => undefined);
  const answered = once(socket, 'data');
  socket.write(`${method} / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
  assert.match(String(await answered), /^HTTP\/1\.1 200 /);
  return socket;
}

test('their connections are not counted, can be cut, and are closed at the end', async () => {
  let cut = (): void => undefined;
  let turnedAway = 0;
  const listening = await listen(
    (request, { admitted, lasting }) => {
      admitted('ada');
      if (request.method === 'GET') return new Response('pong');
      ({ cut } = lasting);
      lasting.begun();
      return new Response(new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('pong')) }));
    },
    {
      host: '127.0.0.1',
      port: 0,
      isProxy: () => false,
      onFull: () => (turnedAway += 1),
      onTlsReload: () => undefined,
      onTlsFault: () => undefined,
      limits: { connections: 2, connectionsPerAddress: 2 },
    },
  );
  const streams = [];
  for (let turn = 0; turn < 4; turn += 1) streams.push(await ask(listening, 'POST'));
  for (let turn = 0; turn < 2; turn += 1) await ask(listening, 'GET');
  assert.equal(turnedAway, 0);
  const last = streams.pop();
  assert.ok(last);
  const isCut = once(last, 'close');
  cut();
  await isCut;
  const closed = streams.map(async (socket) => once(socket, 'close'));
  await listening.close();
  await Promise.all(closed);
});

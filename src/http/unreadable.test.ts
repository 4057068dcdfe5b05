import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { createUnreadable } from './unreadable.ts';

const NO_REQUEST = '\u0016\u0003\u0001\r\n\r\n';

async function nextOf(socket: Socket): Promise<string> {
  const chunks: readonly unknown[] = await once(socket, 'data');
  return String(chunks[0]);
}

async function serve(answer: (outgoing: ServerResponse) => void): Promise<{ socket: Socket } & AsyncDisposable> {
  const { answering, refuse } = createUnreadable();
  const server = createServer((_incoming, outgoing) => {
    answering(outgoing);
    answer(outgoing);
  });
  server.on('clientError', refuse);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  return {
    socket,
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

test('what is no request gets a page, also after a request that was one', async () => {
  await using served = await serve((outgoing) => outgoing.end('pong'));
  const { socket } = served;
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const first = await nextOf(socket);
  assert.match(first, /pong/);
  socket.write(NO_REQUEST);
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n.*connection: close\r\n.*<a href="\/">All machines<\/a>/s);
  assert.equal(Buffer.byteLength(answer.split('\r\n\r\n')[1] ?? ''), Number(/content-length: (\d+)/.exec(answer)?.[1]));
});

test('headers that are too large are called so, and what to do is said', async () => {
  await using served = await serve((outgoing) => outgoing.end('pong'));
  served.socket.write(`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'a'.repeat(20_000)}\r\n\r\n`);
  const answer = await text(served.socket);
  assert.match(answer, /^HTTP\/1\.1 431 .*<h1>The address or the cookies are too long<\/h1>/s);
});

test('within an answer, no other one begins', async () => {
  await using served = await serve((outgoing) => outgoing.write('one event'));
  const { socket } = served;
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const first = await nextOf(socket);
  const closed = once(socket, 'close');
  let rest = '';
  socket.on('data', (more) => (rest += String(more)));
  socket.write(NO_REQUEST);
  await closed;
  assert.doesNotMatch(first + rest, /400/);
});

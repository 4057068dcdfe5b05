import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createTurns } from './turns.ts';

async function serve(handle: (incoming: IncomingMessage, outgoing: ServerResponse) => void) {
  const takeTurn = createTurns();
  const server = createServer((incoming, outgoing) => {
    takeTurn(incoming, outgoing, () => {
      handle(incoming, outgoing);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  return {
    server,
    socket,
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const ALL = ['/first', '/second', '/third'].map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join('');

test('a request that comes before the answer to the last begins after it', async () => {
  const seen: string[] = [];
  await using served = await serve(({ url = '' }, outgoing) => {
    seen.push(`${url} begins`);
    setImmediate(() => {
      seen.push(`${url} ends`);
      outgoing.end(url);
    });
  });
  served.socket.write(ALL);
  let answers = '';
  for await (const chunk of served.socket) {
    answers += String(chunk);
    if (answers.endsWith('/third')) break;
  }
  assert.deepEqual(
    seen,
    ['/first', '/second', '/third'].flatMap((url) => [`${url} begins`, `${url} ends`]),
  );
});

test('where the connection ends before, it never begins', async () => {
  const seen: string[] = [];
  const begun = Promise.withResolvers<IncomingMessage>();
  await using served = await serve((incoming) => {
    seen.push(incoming.url ?? '');
    begun.resolve(incoming);
  });
  served.socket.write(ALL);
  const { socket } = await begun.promise;
  served.socket.destroy();
  await once(socket, 'close');
  await nextTurn();
  assert.deepEqual(seen, ['/first']);
});

test('behind the last answer of a connection, it never begins', async () => {
  const seen: string[] = [];
  await using served = await serve(({ url = '' }, outgoing) => {
    seen.push(url);
    setImmediate(() => outgoing.writeHead(413, { connection: 'close' }).end());
  });
  served.socket.write(ALL);
  await once(served.socket.resume(), 'close');
  assert.deepEqual(seen, ['/first']);
});

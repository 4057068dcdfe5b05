/** The bytes of `ssh-proxy`, without ssh: both directions end by themselves, and nothing is lost or added. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { findFreePort } from '../support/free-port.ts';
import { PROGRAM } from './person.ts';

const BYTES = randomBytes(3_000_000);

/** A proxy to this machine, without a server: then it connects to what answers. */
async function startTunnel(serve: (socket: Socket) => void) {
  const server = createServer({ allowHalfOpen: true }, serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const child = spawn(process.execPath, [PROGRAM, 'ssh-proxy', '127.0.0.1', String(port)], {
    env: { PATH: process.env['PATH'], EC2_OPERATOR_URL: `http://127.0.0.1:${await findFreePort()}` },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit');
  return {
    child,
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
      server.close();
    },
  };
}

describe('the tunnel', { concurrency: 2 }, () => {
  test('an input that ends leaves the answer open', async () => {
    const received = Promise.withResolvers<Buffer>();
    await using tunnel = await startTunnel((socket) => {
      // The answer begins only when everything has come.
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.once('end', () => {
        received.resolve(Buffer.concat(chunks));
        socket.end(BYTES);
      });
    });
    tunnel.child.stdin.end(BYTES);
    assert.ok((await received.promise).equals(BYTES));
    assert.ok((await buffer(tunnel.child.stdout)).equals(BYTES));
    assert.deepEqual(await tunnel.ended, [0, null]);
  });

  test('an answer that ends is seen to end, and leaves the input open', async () => {
    const received = Promise.withResolvers<Buffer>();
    await using tunnel = await startTunnel((socket) => {
      socket.end(BYTES);
      received.resolve(buffer(socket));
    });
    assert.ok((await buffer(tunnel.child.stdout)).equals(BYTES));
    tunnel.child.stdin.end(BYTES);
    assert.ok((await received.promise).equals(BYTES));
    assert.deepEqual(await tunnel.ended, [0, null]);
  });

  test('a reader that does not read holds the sender back', async () => {
    const full = Promise.withResolvers<number>();
    await using tunnel = await startTunnel((socket) => {
      const write = (): void => {
        while (socket.write(BYTES)) continue;
        // What has left this process fits into the buffers on the way: without back-pressure it would go on and on.
        if (socket.bytesWritten > 400_000_000) full.reject(new Error('the tunnel keeps everything'));
      };
      socket.on('drain', write);
      socket.on('error', () => undefined);
      write();
      socket.setTimeout(2_000, () => {
        full.resolve(socket.bytesWritten);
        socket.destroy();
      });
    });
    assert.ok((await full.promise) > 0);
    tunnel.child.stdout.resume();
  });

  test('a connection that is reset ends it', async () => {
    await using tunnel = await startTunnel((socket) => {
      socket.once('data', () => socket.resetAndDestroy());
    });
    tunnel.child.stdin.write('hello');
    assert.deepEqual(await tunnel.ended, [1, null]);
  });

  test('a reader that leaves ends it', async () => {
    await using tunnel = await startTunnel((socket) => {
      socket.on('error', () => undefined);
      const write = (): void => void socket.write(BYTES);
      socket.on('drain', write);
      write();
    });
    await once(tunnel.child.stdout, 'readable');
    tunnel.child.stdout.destroy();
    assert.deepEqual(await tunnel.ended, [0, null]);
  });
});

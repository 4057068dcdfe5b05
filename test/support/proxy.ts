import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface Proxy {
  readonly port: number;
  readonly silence: () => void;
  readonly speak: () => void;
  /** Resolves once it has swallowed something. */
  readonly swallowed: () => Promise<void>;
}

/** Stands before a server of this machine, and can swallow all that is sent over the connections that are open. */
export async function startProxy(t: TestContext, to: number): Promise<Proxy> {
  let silent = false;
  const swallowed = Promise.withResolvers<void>();
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(to, '127.0.0.1');
    let muted = false;
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (data) => {
        muted ||= silent;
        if (muted) swallowed.resolve();
        if (!muted) into.write(data);
      });
      from.on('close', () => into.destroy());
      from.on('error', () => into.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    silence: () => {
      silent = true;
    },
    speak: () => {
      silent = false;
    },
    swallowed: async () => swallowed.promise,
  };
}

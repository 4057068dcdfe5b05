/** The socket: HTTP/1.1 with limits on everything a slow or hostile sender could hold on to. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';

export interface Listening {
  readonly address: AddressInfo;
  /** Accepts no more, lets what is under way finish, and closes idle connections. */
  close(): Promise<void>;
}

/**
 * Longer than Alertmanager keeps idle connections (5 minutes, Go's IdleConnTimeout): the side that sends must be the one
 * to close, or a notification now and then meets a closing connection.
 */
const KEEP_ALIVE_MS = 6 * 60_000;
const HEADERS_MS = 10_000;
/** From the first byte to the last of a request: a slow sender is cut off. */
const REQUEST_MS = 30_000;
/** How long requests under way have at shutdown. */
const CLOSE_MS = 1_000;
const MAX_CONNECTIONS = 2_000;
/** Stands in where HTTP/1.0 names no host: load balancers probe with it. */
const NAMELESS = 'localhost';

export async function listen(
  fetch: Parameters<typeof getRequestListener>[0],
  host: string,
  port: number,
): Promise<Listening> {
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 5_000,
      maxHeaderSize: 16 * 1024,
    },
    // eslint-disable-next-line typescript/no-misused-promises -- the listener answers errors itself and never rejects
    getRequestListener(fetch, { overrideGlobalObjects: false, hostname: NAMELESS }),
  );
  server.maxConnections = MAX_CONNECTIONS;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, host, resolve);
  await promise;
  return { address: addressOf(server), close: async () => close(server) };
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('expected a TCP address');
  return address;
}

async function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => {
    resolve();
  });
  server.closeIdleConnections();
  // Whoever is slow to send or to read can try again.
  const timer = setTimeout(() => {
    server.closeAllConnections();
  }, CLOSE_MS);
  await promise;
  clearTimeout(timer);
}

/** The socket: HTTP/1.1 with limits on everything a slow or hostile sender could hold on to. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Http2ServerResponse } from 'node:http2';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { keepTlsFresh, readTls, type TlsFiles, type TlsMaterial } from './tls.ts';
import { networkOf } from './doors/remote.ts';

export interface Listening {
  readonly address: AddressInfo;
  /** Accepts no more, lets what is under way finish, and closes idle connections. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** Absent: every address, by IPv4 and IPv6; by IPv4 alone where the machine has no IPv6. */
  readonly host?: string | undefined;
  readonly port: number;
  /** Absent: plain HTTP. */
  readonly tls?: TlsFiles;
  /** Addresses that may have as many connections as there can be: those of proxies, behind which many senders are. */
  readonly isProxy: (address: string | undefined) => boolean;
  readonly onTlsReload: () => void;
  readonly onTlsFault: (error: unknown) => void;
  readonly limits?: Partial<Limits>;
}

interface Limits {
  readonly headersMs: number;
  /** From the first byte to the last of a request: a slow sender is cut off. */
  readonly requestMs: number;
  /** How often both are looked at. */
  readonly checkMs: number;
  readonly handshakeMs: number;
  readonly connections: number;
  /** No address may take all connections there are. */
  readonly connectionsPerAddress: number;
  readonly tlsCheckMs: number;
}

const LIMITS: Limits = {
  headersMs: 10_000,
  requestMs: 30_000,
  checkMs: 5_000,
  handshakeMs: 10_000,
  connections: 2_000,
  connectionsPerAddress: 1_000,
  tlsCheckMs: 3_000,
};

/**
 * Longer than Alertmanager keeps idle connections (5 minutes, Go's IdleConnTimeout): the side that sends must be the one
 * to close, or a notification now and then meets a closing connection.
 */
const KEEP_ALIVE_MS = 6 * 60_000;
/** How long requests under way have at shutdown. */
const CLOSE_MS = 1_000;
/** Stands in where HTTP/1.0 names no host: load balancers probe with it. */
const NAMELESS = 'localhost';

type Fetch = Parameters<typeof getRequestListener>[0];

/** @throws Error when the port is taken, or a file of the TLS settings cannot be used */
export async function listen(fetch: Fetch, options: ListenOptions): Promise<Listening> {
  const limits = { ...LIMITS, ...options.limits };
  const material = options.tls === undefined ? undefined : await readTls(options.tls);
  const server = createLimited(fetch, limits, material);
  const sockets = countSockets(server, limits.connectionsPerAddress, options.isProxy);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ port: options.port, ...(options.host === undefined ? {} : { host: options.host }) }, resolve);
  await promise;
  const endReload = reloadTls(server, options, material, limits);
  return {
    address: addressOf(server),
    close: async () => {
      endReload();
      await close(server, sockets);
    },
  };
}

function createLimited(fetch: Fetch, limits: Limits, material: TlsMaterial | undefined): Server | TlsServer {
  const common = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkMs,
    maxHeaderSize: 16 * 1024,
  };
  const answer = getRequestListener(challengeApart(fetch), { overrideGlobalObjects: false, hostname: NAMELESS });
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    if (isAmbiguous(incoming)) outgoing.writeHead(400, { connection: 'close' }).end();
    // It answers errors itself and never rejects.
    else void answer(incoming, outgoing);
  };
  const asksClients = material?.ca !== undefined;
  const server =
    material === undefined
      ? createServer(common, listener)
      : createTlsServer(
          {
            ...common,
            ...material,
            handshakeTimeout: limits.handshakeMs,
            requestCert: asksClients,
            rejectUnauthorized: asksClients,
          },
          listener,
        );
  server.maxConnections = limits.connections;
  return server;
}

/**
 * A browser shows no login when several challenges share one header, and the headers of a `Response` are always joined. So
 * they go to Node one by one.
 */
function challengeApart(fetch: Fetch): Fetch {
  return async (request, env) => {
    const response = await fetch(request, env);
    if (!(response instanceof Response) || response.status !== 401 || env.outgoing instanceof Http2ServerResponse)
      return response;
    const challenges = response.headers.get('www-authenticate')?.split(', ');
    if (challenges === undefined) return response;
    response.headers.delete('www-authenticate');
    env.outgoing.setHeader('www-authenticate', challenges);
    return response;
  };
}

/** What Node lets pass, and proxies read differently: two hosts (RFC 9112, 3.2, asks for 400), and HTTP of before 1.0. */
function isAmbiguous({ rawHeaders, httpVersionMajor }: IncomingMessage): boolean {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  return hosts.length > 1 || httpVersionMajor < 1;
}

/** All of them, also those that have not come as far as HTTP. One too many of the same address is closed at once. */
function countSockets(server: Server, most: number, isProxy: ListenOptions['isProxy']): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  const counts = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    const key = networkOf(remoteAddress ?? '');
    const count = (counts.get(key) ?? 0) + 1;
    if (count > most && !isProxy(remoteAddress)) {
      socket.destroy();
      return;
    }
    counts.set(key, count);
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      const left = (counts.get(key) ?? 1) - 1;
      if (left === 0) counts.delete(key);
      else counts.set(key, left);
    });
  });
  return sockets;
}

function reloadTls(
  server: Server | TlsServer,
  { tls: files, onTlsReload: onReload, onTlsFault: onFault }: ListenOptions,
  material: TlsMaterial | undefined,
  { tlsCheckMs: everyMs }: Limits,
): () => void {
  if (files === undefined || material === undefined || !('setSecureContext' in server)) return () => undefined;
  return keepTlsFresh({ server, files, material, everyMs, onReload, onFault });
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('expected a TCP address');
  return address;
}

async function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => {
    resolve();
  });
  server.closeIdleConnections();
  // Whoever is slow to send or to read can try again. A handshake that is under way is no connection of HTTP's yet.
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, CLOSE_MS);
  await promise;
  clearTimeout(timer);
}

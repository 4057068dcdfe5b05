/** The socket: HTTP/1.1, with limits on everything that a slow or hostile sender could occupy. */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { isAmbiguous } from './ambiguous.ts';
import { createConnections, type ConnectionLimits, type Connections } from './connections.ts';
import type { Lasting } from './lasting.ts';
import { keepTlsFresh, readTls, type TlsFiles, type TlsMaterial } from './tls.ts';
import { createTurns } from './turns.ts';
import { createUnreadable, refuseAmbiguous, type Unreadable } from './unreadable.ts';

export interface Listening {
  readonly address: AddressInfo;
  /** Accepts no new connections, lets running requests finish, and closes idle connections. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** Absent: every address, by IPv4 and IPv6; by IPv4 only where the machine has no IPv6. */
  readonly host?: string | undefined;
  readonly port: number;
  /** Absent: plain HTTP. */
  readonly tls?: TlsFiles;
  /** Proxies, which are exempt from the limit per address: many senders are behind them. */
  readonly isProxy: (address: string | undefined) => boolean;
  /** A limit was reached, so a connection was closed or turned away. */
  readonly onFull: () => void;
  readonly onTlsReload: () => void;
  readonly onTlsFault: (error: unknown) => void;
  readonly limits?: Partial<Limits>;
}

interface Limits extends ConnectionLimits {
  readonly headersMs: number;
  /** From the first byte of a request to the last. */
  readonly requestMs: number;
  /** How often both are checked. */
  readonly checkMs: number;
  readonly handshakeMs: number;
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
 * Longer than Alertmanager keeps idle connections (5 minutes, Go's IdleConnTimeout). The sender must be the side that closes:
 * otherwise some notifications meet a closing connection.
 */
const KEEP_ALIVE_MS = 6 * 60_000;
/** How long running requests have at shutdown. */
const CLOSE_MS = 1_000;
/** The host of HTTP/1.0 requests that name none: load balancers probe with them. */
const NAMELESS = 'localhost';

/** Passed along with each request. */
export type ListenEnv = HttpBindings & {
  /** To be called once the sender is authenticated: the connection is then the last to be closed to make room. */
  readonly admitted: (sender: string) => void;
  readonly lasting: Lasting;
};

type Fetch = (request: Request, env: ListenEnv) => Response | Promise<Response>;

/** @throws Error when the port is taken, or a file of the TLS settings cannot be used */
export async function listen(fetch: Fetch, options: ListenOptions): Promise<Listening> {
  const limits = { ...LIMITS, ...options.limits };
  const material = options.tls === undefined ? undefined : await readTls(options.tls);
  const connections = createConnections(limits, options.isProxy, options.onFull);
  const { answering, refuse } = createUnreadable();
  const server = createLimited(toListener(fetch, connections, answering), limits, material);
  server.on('clientError', refuse);
  server.on('connection', connections.add);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ port: options.port, ...(options.host === undefined ? {} : { host: options.host }) }, resolve);
  await promise;
  const endReload = reloadTls(server, options, material, limits);
  return {
    address: addressOf(server),
    close: async () => {
      endReload();
      await close(server, connections);
    },
  };
}

function createLimited(
  listener: RequestListener,
  limits: Limits,
  material: TlsMaterial | undefined,
): Server | TlsServer {
  const common = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkMs,
    maxHeaderSize: 16 * 1024,
  };
  const asksClients = material?.ca !== undefined;
  if (material === undefined) return createServer(common, listener);
  return createTlsServer(
    {
      ...common,
      ...material,
      handshakeTimeout: limits.handshakeMs,
      requestCert: asksClients,
      rejectUnauthorized: asksClients,
    },
    listener,
  );
}

function toListener(fetch: Fetch, connections: Connections, answering: Unreadable['answering']): RequestListener {
  const answer = getRequestListener(
    async (request, { incoming, outgoing }) => {
      if (incoming instanceof Http2ServerRequest || outgoing instanceof Http2ServerResponse)
        throw new TypeError('expected HTTP/1.1');
      const admitted = (sender: string): void => {
        connections.admitted(incoming.socket, sender);
      };
      const lasting = {
        begun: () => {
          connections.setApart(incoming.socket);
        },
        cut: () => {
          outgoing.destroy();
        },
      };
      const response = await fetch(request, { incoming, outgoing, admitted, lasting });
      if (response.status === 401) challengeApart(response, outgoing);
      return response;
    },
    { hostname: NAMELESS },
  );
  const takeTurn = createTurns();
  return (incoming, outgoing) => {
    connections.used(incoming.socket);
    outgoing.once('close', () => {
      connections.answered(incoming.socket);
    });
    takeTurn(incoming, outgoing, () => {
      answering(outgoing);
      if (isAmbiguous(incoming)) refuseAmbiguous(outgoing);
      // The listener answers errors itself and never rejects.
      else void answer(incoming, outgoing);
    });
  };
}

/**
 * Browsers show no login when several challenges share one header, and `Response` joins equal headers. So each challenge is
 * passed to Node separately.
 */
function challengeApart(response: Response, outgoing: ServerResponse): void {
  const challenges = response.headers.get('www-authenticate')?.split(', ');
  if (challenges === undefined) return;
  response.headers.delete('www-authenticate');
  outgoing.setHeader('www-authenticate', challenges);
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

async function close(server: Server, connections: Connections): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => {
    resolve();
  });
  server.closeIdleConnections();
  // Slow senders can try again. `closeAllConnections` would leave out connections in their TLS handshake.
  const timer = setTimeout(() => {
    for (const socket of connections.sockets()) socket.destroy();
  }, CLOSE_MS);
  await promise;
  clearTimeout(timer);
}

/** The open connections, and which of them make room for others when there are too many. */
import type { Socket } from 'node:net';
import { networkOf } from './auth/remote.ts';
import { largest } from './largest.ts';

/** The other end of a connection: the same for a TLS socket and the socket below it. */
export type Peer = Pick<Socket, 'remoteAddress' | 'remotePort'>;

export interface Connections {
  /** Counts a connection until it closes. */
  readonly add: (socket: Socket) => void;
  /** A request has come on the connection. */
  readonly used: (peer: Peer) => void;
  /** A request on the connection was authenticated: the connection is no longer closed to make room. */
  readonly admitted: (peer: Peer) => void;
  /** The connection is for one long answer, which has a limit of its own: it is no longer counted. */
  readonly setApart: (peer: Peer) => void;
  readonly sockets: () => Iterable<Socket>;
}

export interface ConnectionLimits {
  readonly connections: number;
  /** Below the other limit, so that one address cannot take all connections. */
  readonly connectionsPerAddress: number;
}

interface Connection {
  readonly key: string;
  readonly socket: Socket;
  readonly network: string;
}

/**
 * At the limit a new connection gets in, and a stranger is closed: a connection without an authenticated request so far. It is
 * taken from the network with the most strangers, and there it is the one that has been idle for longest. So idle connections
 * keep out neither senders nor probes, and authenticated senders keep their connections, however long these are idle.
 *
 * @param isProxy addresses without a limit of their own, because many senders are behind them
 * @param onFull a connection was closed or turned away
 */
export function createConnections(
  limits: ConnectionLimits,
  isProxy: (address: string | undefined) => boolean,
  onFull: () => void,
): Connections {
  const known = new Map<string, Connection>();
  const counts = new Map<string, number>();
  /** The connection that was used last is the last. */
  const strangers = new Set<Connection>();
  const apart = new Set<Socket>();

  const remove = (connection: Connection): void => {
    if (known.get(connection.key) !== connection) return;
    known.delete(connection.key);
    strangers.delete(connection);
    const left = (counts.get(connection.network) ?? 1) - 1;
    if (left === 0) counts.delete(connection.network);
    else counts.set(connection.network, left);
  };
  /** @returns false where all connections of the network are authenticated */
  const closeStranger = (network: string | undefined): boolean => {
    onFull();
    const oldest = strangers.values().find((stranger) => stranger.network === network);
    if (oldest === undefined) return false;
    remove(oldest);
    oldest.socket.destroy();
    return true;
  };
  const makeRoom = (network: string, address: string): boolean => {
    if ((counts.get(network) ?? 0) >= limits.connectionsPerAddress && !isProxy(address)) return closeStranger(network);
    if (known.size < limits.connections) return true;
    return closeStranger(largest(strangers.values().map((stranger) => [stranger.network, 1] as const)));
  };
  return {
    add: (socket) => {
      const { remoteAddress } = socket;
      const connection = { key: keyOf(socket), socket, network: networkOf(remoteAddress ?? '') };
      // Without an address the connection is closed already.
      if (remoteAddress === undefined || !makeRoom(connection.network, remoteAddress)) {
        socket.destroy();
        return;
      }
      known.set(connection.key, connection);
      counts.set(connection.network, (counts.get(connection.network) ?? 0) + 1);
      strangers.add(connection);
      socket.once('close', () => {
        remove(connection);
      });
    },
    used: (peer) => {
      const connection = known.get(keyOf(peer));
      if (connection !== undefined && strangers.delete(connection)) strangers.add(connection);
    },
    admitted: (peer) => {
      const connection = known.get(keyOf(peer));
      if (connection !== undefined) strangers.delete(connection);
    },
    setApart: (peer) => {
      const connection = known.get(keyOf(peer));
      if (connection === undefined) return;
      const { socket } = connection;
      remove(connection);
      apart.add(socket);
      socket.once('close', () => {
        apart.delete(socket);
      });
    },
    sockets: () => [...[...known.values()].map(({ socket }) => socket), ...apart],
  };
}

function keyOf({ remoteAddress = '', remotePort = 0 }: Peer): string {
  return `${remoteAddress} ${remotePort}`;
}

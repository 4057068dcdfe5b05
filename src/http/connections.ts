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
  /** The answer to it has ended. */
  readonly answered: (peer: Peer) => void;
  /** A request on the connection was authenticated: the connection is closed to make room only where no stranger is left. */
  readonly admitted: (peer: Peer, sender: string) => void;
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
  /** Requests without a whole answer so far. */
  open: number;
  /** The last authenticated sender, and where from. */
  holder: string;
}

/**
 * At the limit a new connection gets in, and a stranger is closed: a connection without an authenticated request so far. It is
 * taken from the network with the most strangers, and there it is the one that has been idle for longest. So idle connections
 * keep out neither senders nor probes, and authenticated senders keep their connections, however long these are idle.
 *
 * Where no stranger is left, the authenticated sender with the most idle connections loses the one that has been idle for longest: a
 * person who may only read must not keep out alerts and probes. A connection with an answer under way stays.
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
  /** In the same order. */
  const held = new Set<Connection>();
  const apart = new Set<Socket>();

  const remove = (connection: Connection): void => {
    if (known.get(connection.key) !== connection) return;
    known.delete(connection.key);
    strangers.delete(connection);
    held.delete(connection);
    const left = (counts.get(connection.network) ?? 1) - 1;
    if (left === 0) counts.delete(connection.network);
    else counts.set(connection.network, left);
  };
  /** @returns false where all connections are being answered */
  const makeRoom = (network: string, address: string): boolean => {
    const isCrowded = (counts.get(network) ?? 0) >= limits.connectionsPerAddress && !isProxy(address);
    if (!isCrowded && known.size < limits.connections) return true;
    onFull();
    const mayGo = (connection: Connection): boolean => !isCrowded || connection.network === network;
    const isIdle = (connection: Connection): boolean => mayGo(connection) && connection.open === 0;
    const oldest =
      oldestOfMost(strangers.values().filter(mayGo), (stranger) => stranger.network) ??
      oldestOfMost(held.values().filter(isIdle), ({ holder }) => holder);
    if (oldest === undefined) return false;
    remove(oldest);
    oldest.socket.destroy();
    return true;
  };
  return {
    add: (socket) => {
      const { remoteAddress } = socket;
      const connection = { key: keyOf(socket), socket, network: networkOf(remoteAddress ?? ''), open: 0, holder: '' };
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
      if (connection === undefined) return;
      connection.open += 1;
      const set = strangers.has(connection) ? strangers : held;
      set.delete(connection);
      set.add(connection);
    },
    answered: (peer) => {
      const connection = known.get(keyOf(peer));
      if (connection !== undefined) connection.open -= 1;
    },
    admitted: (peer, sender) => {
      const connection = known.get(keyOf(peer));
      if (connection === undefined) return;
      connection.holder = `${connection.network} ${sender}`;
      strangers.delete(connection);
      held.add(connection);
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

/** The first connection of the group with the most of them. */
function oldestOfMost(
  connections: Iterable<Connection>,
  groupOf: (connection: Connection) => string,
): Connection | undefined {
  const all = [...connections];
  const most = largest(all.map((connection) => [groupOf(connection), 1] as const));
  return all.find((connection) => groupOf(connection) === most);
}

function keyOf({ remoteAddress = '', remotePort = 0 }: Peer): string {
  return `${remoteAddress} ${remotePort}`;
}

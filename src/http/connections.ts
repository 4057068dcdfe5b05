/** Which connections there are, and which of them make room for others when there are too many. */
import type { Socket } from 'node:net';
import { networkOf } from './auth/remote.ts';

/** The other end of a connection: also how the socket inside TLS is known. */
export type Peer = Pick<Socket, 'remoteAddress' | 'remotePort'>;

export interface Connections {
  /** Counts a connection until it closes. */
  readonly add: (socket: Socket) => void;
  /** A request has come by it. */
  readonly used: (peer: Peer) => void;
  /** A request that came by it was let in: from now on it makes room for nobody. */
  readonly admitted: (peer: Peer) => void;
  readonly sockets: () => Iterable<Socket>;
}

export interface ConnectionLimits {
  readonly connections: number;
  /** No address may take all connections there are. */
  readonly connectionsPerAddress: number;
}

interface Connection {
  readonly key: string;
  readonly socket: Socket;
  readonly network: string;
}

/**
 * When all places are taken, the newest gets in and a stranger goes: a connection by which nobody with a token has come yet.
 * It is one of the network that has most of them, the one that has been idle for the longest. So idle connections keep out
 * neither senders nor probes, and those who have shown a token keep theirs, however long they are idle.
 *
 * @param isProxy addresses that may have as many as there can be: many senders are behind them
 * @param onFull somebody was cut off, or turned away
 */
export function createConnections(
  limits: ConnectionLimits,
  isProxy: (address: string | undefined) => boolean,
  onFull: () => void,
): Connections {
  const known = new Map<string, Connection>();
  const counts = new Map<string, number>();
  const strangers = createStrangers();

  const remove = (connection: Connection): void => {
    if (known.get(connection.key) !== connection) return;
    known.delete(connection.key);
    strangers.drop(connection);
    const left = (counts.get(connection.network) ?? 1) - 1;
    if (left === 0) counts.delete(connection.network);
    else counts.set(connection.network, left);
  };
  /** @returns false when everybody there has shown a token */
  const cutOff = (network: string | undefined): boolean => {
    const oldest = strangers.oldestOf(network ?? '');
    if (oldest === undefined) return false;
    remove(oldest);
    oldest.socket.destroy();
    return true;
  };
  const hasRoom = (network: string, address: string): boolean => {
    if ((counts.get(network) ?? 0) >= limits.connectionsPerAddress && !isProxy(address)) {
      onFull();
      return cutOff(network);
    }
    if (known.size < limits.connections) return true;
    onFull();
    return cutOff(strangers.largestNetwork());
  };
  return {
    add: (socket) => {
      const { remoteAddress } = socket;
      const connection = { key: keyOf(socket), socket, network: networkOf(remoteAddress ?? '') };
      // Without an address it is closed already.
      if (remoteAddress === undefined || !hasRoom(connection.network, remoteAddress)) {
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
      if (connection !== undefined && strangers.drop(connection)) strangers.add(connection);
    },
    admitted: (peer) => {
      const connection = known.get(keyOf(peer));
      if (connection !== undefined) strangers.drop(connection);
    },
    sockets: () => [...known.values()].map(({ socket }) => socket),
  };
}

function keyOf({ remoteAddress = '', remotePort = 0 }: Peer): string {
  return `${remoteAddress} ${remotePort}`;
}

/** The connections that have shown no token yet, by network: the one that was used last is the last. */
function createStrangers() {
  const networks = new Map<string, Set<Connection>>();
  return {
    add: (connection: Connection): void => {
      const ofNetwork = networks.get(connection.network) ?? new Set();
      networks.set(connection.network, ofNetwork.add(connection));
    },
    /** @returns whether it was one */
    drop: (connection: Connection): boolean => {
      const ofNetwork = networks.get(connection.network);
      const was = ofNetwork?.delete(connection) ?? false;
      if (ofNetwork?.size === 0) networks.delete(connection.network);
      return was;
    },
    oldestOf: (network: string): Connection | undefined => {
      const [oldest] = networks.get(network) ?? [];
      return oldest;
    },
    largestNetwork: (): string | undefined => {
      let largest: string | undefined;
      let most = 0;
      for (const [name, { size }] of networks) {
        if (size <= most) continue;
        largest = name;
        most = size;
      }
      return largest;
    },
  };
}

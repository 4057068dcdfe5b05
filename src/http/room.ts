/** Bounds the memory of all bodies that are being received: slow senders of large bodies must not fill it. */
import { largest } from './largest.ts';

/** The part of the room that one body takes, from its first byte until it is read or refused. */
export interface Share {
  /** More bytes have come. In a full room this makes a body leave, possibly this one. */
  readonly grow: (bytes: number) => void;
  /** Rejects with the error of `displacedBy` once this body has to leave. */
  readonly displaced: Promise<never>;
  readonly leave: () => void;
}

/** @param sender of the body: in a full room, the sender with the most bytes makes room */
export type Enter = (sender: string) => Share;

interface Body {
  readonly sender: string;
  bytes: number;
  readonly displace: () => void;
}

/**
 * A full room does not turn new bodies away: a few endless bodies would then keep all others out. Instead the sender with the
 * most bytes loses the body that has been silent for longest.
 *
 * @param displacedBy makes the error that a displaced body ends with
 */
export function createRoom(mostBytes: number, displacedBy: () => Error): Enter {
  /** The body that grew last is the last. */
  const bodies = new Set<Body>();
  let total = 0;
  const leave = (body: Body): void => {
    if (bodies.delete(body)) total -= body.bytes;
  };
  const makeRoom = (): void => {
    if (total <= mostBytes) return;
    const greediest = largest(bodies.values().map(({ sender, bytes }) => [sender, bytes] as const));
    const body = bodies.values().find(({ sender }) => sender === greediest);
    if (body === undefined) return;
    leave(body);
    body.displace();
    makeRoom();
  };
  return (sender) => {
    const { promise: displaced, reject } = Promise.withResolvers<never>();
    // A body may be displaced before its reader waits for the promise.
    displaced.catch(() => undefined);
    let isDisplaced = false;
    const displace = (): void => {
      isDisplaced = true;
      reject(displacedBy());
    };
    const body: Body = { sender, bytes: 0, displace };
    return {
      displaced,
      grow: (bytes) => {
        if (isDisplaced) return;
        bodies.delete(body);
        bodies.add(body);
        body.bytes += bytes;
        total += bytes;
        makeRoom();
      },
      leave: () => {
        leave(body);
      },
    };
  };
}

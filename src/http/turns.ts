/**
 * Requests of one connection, one after the other. Some senders write the next one before they have the answer to the last: behind a
 * logout, it would act with the session that is just being ended.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** @param begin called once all earlier requests of the connection are answered; never where it can have no answer */
export type TakeTurn = (incoming: IncomingMessage, outgoing: ServerResponse, begin: () => void) => void;

export function createTurns(): TakeTurn {
  const last = new WeakMap<Socket, ServerResponse>();
  return ({ socket }, outgoing, begin) => {
    const before = last.get(socket);
    last.set(socket, outgoing);
    outgoing.once('close', () => {
      if (last.get(socket) === outgoing) last.delete(socket);
    });
    const beginIfOpen = (): void => {
      if (socket.writable) begin();
    };
    if (before === undefined) beginIfOpen();
    else before.once('close', beginIfOpen);
  };
}

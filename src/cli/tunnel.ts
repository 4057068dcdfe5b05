/** Carries bytes between the standard streams and a connection, in both directions until both have ended. */
import { closeSync, openSync } from 'node:fs';
import type { Socket } from 'node:net';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';

/**
 * The end of one direction leaves the other open, as TCP does. A reader that is slow slows the sender down.
 *
 * @throws Error when one of the sides breaks off; the reason of the signal
 */
export async function tunnel(socket: Socket, signal: AbortSignal): Promise<void> {
  // Elsewhere, a reader of standard output that leaves early ends the program at once.
  process.stdout.removeAllListeners('error');
  const broken = new AbortController();
  const carry = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      // Without one direction, the other one is of no use.
      broken.abort(error);
      throw error;
    }
  };
  const either = { signal: AbortSignal.any([signal, broken.signal]) };
  try {
    await Promise.all([
      carry(pipeline(process.stdin, socket, either)),
      carry(pipeline(socket, process.stdout, { ...either, end: false }).then(endOutput)),
    ]);
  } finally {
    socket.destroy();
  }
}

/** Node never closes standard output, but ssh waits for its end. The number is taken again at once: no other file gets it. */
async function endOutput(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  process.stdout.write('', () => {
    resolve();
  });
  await promise;
  closeSync(1);
  openSync('/dev/null', 'w');
}

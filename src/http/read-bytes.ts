/** Reads the bytes of a body, bounded. */
import { ProblemError } from './problem.ts';
import type { Enter } from './room.ts';

/** How much of a body is read, and whose room it takes meanwhile. */
export interface Bound {
  readonly sender: string;
  readonly enter: Enter;
  readonly mostBytes: number;
  /** What a sender of more is told. */
  readonly tooLarge: string;
}

/** Not counted: a request's headers may take as much. */
const SMALL_BYTES = 16 * 1024;

/** @throws ProblemError with 400, 413 or 503 */
export async function readBytes(request: Request, bound: Bound): Promise<Uint8Array> {
  return read(request, bound).catch(refuseBroken);
}

async function read(request: Request, bound: Bound): Promise<Uint8Array> {
  const { sender, enter, mostBytes } = bound;
  const announced = request.headers.get('content-length');
  const length = Number(announced ?? 0);
  if (length > mostBytes) throw tooLarge(bound);
  // Node enforces the announced length. This is much cheaper than a stream, and nearly every delivery is small.
  if (announced !== null && length <= SMALL_BYTES) return new Uint8Array(await request.arrayBuffer());
  if (request.body === null) return new Uint8Array();
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  const share = enter(sender);
  // Chunks are copied: a chunk of one byte, kept as it comes, takes more than two hundred.
  let buffer = new Uint8Array();
  let size = 0;
  try {
    for (;;) {
      // A body that has stalled is displaced too.
      const { done, value } = await Promise.race([share.displaced, reader.read()]);
      if (done) return buffer.subarray(0, size);
      if (size + value.byteLength > mostBytes) throw tooLarge(bound);
      const before = buffer.byteLength;
      buffer = withRoomFor(size + value.byteLength, buffer, mostBytes);
      share.grow(buffer.byteLength - before);
      buffer.set(value, size);
      size += value.byteLength;
    }
  } catch (error) {
    // The rest is not read, and the answer does not wait for the sender.
    void reader.cancel().catch(() => undefined);
    throw error;
  } finally {
    share.leave();
  }
}

function withRoomFor(bytes: number, buffer: Uint8Array<ArrayBuffer>, mostBytes: number): Uint8Array<ArrayBuffer> {
  if (bytes <= buffer.byteLength) return buffer;
  const wider = new Uint8Array(Math.min(mostBytes, Math.max(bytes, 2 * buffer.byteLength)));
  wider.set(buffer);
  return wider;
}

/** A sender that hangs up or is too slow is not a fault of the server. */
function refuseBroken(error: unknown): never {
  if (error instanceof ProblemError) throw error;
  throw new ProblemError(400, 'the connection ended before the end of the body');
}

function tooLarge({ tooLarge: detail }: Bound): ProblemError {
  return new ProblemError(413, detail, { headers: { connection: 'close' } });
}

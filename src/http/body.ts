/** Reads a JSON body, bounded and strict. */
import { quote } from '../domain/parsed.ts';
import { ProblemError } from './problem.ts';
import { createRoom, type Enter } from './room.ts';

/** Ten thousand alerts with ordinary labels take about 10 MiB. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Reads a request's body as JSON.
 *
 * @param sender the token's name, or the address of a sender that only the body can authenticate
 * @param inspect authenticates such a sender by the bytes, before they are parsed; what it throws is the answer. Bodies of
 *   unauthenticated senders have a separate room
 * @throws ProblemError with 400, 413, 415 or 503
 */
export type ReadJson = (request: Request, sender: string, inspect?: (bytes: Uint8Array) => void) => Promise<unknown>;

/** For the bodies of authenticated senders. */
const ROOM_BYTES = 64 * 1024 * 1024;
const STRANGERS_ROOM_BYTES = 32 * 1024 * 1024;

/** Not counted: a request's headers may take as much. */
const SMALL_BYTES = 16 * 1024;

export function createJsonReader(): ReadJson {
  const enter = createRoom(ROOM_BYTES, tooMuchUnderWay);
  const enterAsStranger = createRoom(STRANGERS_ROOM_BYTES, tooMuchUnderWay);
  return async (request, sender, inspect) => {
    requireJsonType(request.headers);
    const bytes = await readBytes(request, sender, inspect === undefined ? enter : enterAsStranger).catch(refuseBroken);
    inspect?.(bytes);
    return parseJson(bytes);
  };
}

function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  if (text.trim() === '') throw new ProblemError(400, 'expected a JSON body, got an empty one');
  try {
    const body: unknown = JSON.parse(text);
    return body;
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    // The engine's message quotes a piece of the body, which may be anything.
    throw new ProblemError(400, `expected JSON: ${quote(why)}`);
  }
}

function requireJsonType(headers: Headers): void {
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw new ProblemError(415, `expected a body without content encoding, got ${quote(encoding)}`);
  // A body without a type is taken for JSON.
  const type = headers.get('content-type') ?? 'application/json';
  if (/^application\/(?:json|[\w.-]+\+json)\s*(?:;|$)/i.test(type)) return;
  throw new ProblemError(415, `expected content type application/json, got ${quote(type)}`);
}

async function readBytes(request: Request, sender: string, enter: Enter): Promise<Uint8Array> {
  const announced = request.headers.get('content-length');
  const length = Number(announced ?? 0);
  if (length > MAX_BODY_BYTES) throw tooLarge();
  // Node enforces the announced length. This is much cheaper than a stream, and nearly every delivery is small.
  if (announced !== null && length <= SMALL_BYTES) return new Uint8Array(await request.arrayBuffer());
  if (request.body === null) return new Uint8Array();
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const share = enter(sender);
  try {
    for (;;) {
      // A body that has stalled is displaced too.
      const { done, value } = await Promise.race([share.displaced, reader.read()]);
      if (done) return Buffer.concat(chunks);
      size += value.byteLength;
      share.grow(value.byteLength);
      if (size > MAX_BODY_BYTES) throw tooLarge();
      chunks.push(value);
    }
  } catch (error) {
    // The rest is not read, and the answer does not wait for the sender.
    void reader.cancel().catch(() => undefined);
    throw error;
  } finally {
    share.leave();
  }
}

/** A sender that hangs up or is too slow is not a fault of the server. */
function refuseBroken(error: unknown): never {
  if (error instanceof ProblemError) throw error;
  throw new ProblemError(400, 'the connection ended before the end of the body');
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ProblemError(400, 'expected JSON in UTF-8, got bytes that are not UTF-8');
  }
}

function tooMuchUnderWay(): ProblemError {
  return new ProblemError(
    503,
    'too many large bodies are being received at the moment, and nothing was accepted: try again later',
    { headers: { 'retry-after': '5', connection: 'close' } },
  );
}

function tooLarge(): ProblemError {
  return new ProblemError(
    413,
    `expected at most ${MAX_BODY_BYTES / 1024 / 1024} MiB: group alerts by more labels, so that each delivery is smaller`,
    { headers: { connection: 'close' } },
  );
}

/** Reads a JSON body, bounded and strict. */
import { quote } from '../domain/parsed.ts';
import { ProblemError } from './problem.ts';
import { createRoom, type Enter } from './room.ts';

/** Ten thousand alerts with ordinary labels take about ten. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Reads a request's body as JSON.
 *
 * @param sender whose body it is: the token's name, or the address of one that only the body can tell more of
 * @param inspect sees the bytes as they came, before anything is parsed; what it throws is the answer. Until then the
 *   sender is a stranger, and strangers have a room of their own
 * @throws ProblemError with 400, 413, 415 or 503
 */
export type ReadJson = (request: Request, sender: string, inspect?: (bytes: Uint8Array) => void) => Promise<unknown>;

/** Of senders who have shown a token. */
const ROOM_BYTES = 64 * 1024 * 1024;
const STRANGERS_ROOM_BYTES = 32 * 1024 * 1024;

/** A request's headers may take as much, and nobody counts those either. */
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
  if (text.trim() === '') throw new ProblemError({ status: 400, detail: 'expected a JSON body, got an empty one' });
  try {
    const body: unknown = JSON.parse(text);
    return body;
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    // The engine's message repeats a piece of the body, which may hold anything.
    throw new ProblemError({ status: 400, detail: `expected JSON: ${quote(why)}` });
  }
}

function requireJsonType(headers: Headers): void {
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new ProblemError({ status: 415, detail: `expected a body without content encoding, got ${quote(encoding)}` });
  }
  // A sender that names no type at all means what it sends; one that names another type means something else.
  const type = headers.get('content-type') ?? 'application/json';
  if (/^application\/(?:json|[\w.-]+\+json)\s*(?:;|$)/i.test(type)) return;
  throw new ProblemError({ status: 415, detail: `expected content type application/json, got ${quote(type)}` });
}

async function readBytes(request: Request, sender: string, enter: Enter): Promise<Uint8Array> {
  const announced = request.headers.get('content-length');
  const length = Number(announced ?? 0);
  if (length > MAX_BODY_BYTES) throw tooLarge();
  // Node holds a sender to what was announced. Much cheaper than a stream, and next to every delivery is small.
  if (announced !== null && length <= SMALL_BYTES) return new Uint8Array(await request.arrayBuffer());
  if (request.body === null) return new Uint8Array();
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const place = enter(sender);
  try {
    for (;;) {
      // One that sends nothing more has to make room as well.
      const { done, value } = await Promise.race([place.displaced, reader.read()]);
      if (done) return Buffer.concat(chunks);
      size += value.byteLength;
      place.grow(value.byteLength);
      if (size > MAX_BODY_BYTES) throw tooLarge();
      chunks.push(value);
    }
  } catch (error) {
    // Nothing more of it is taken, and the answer does not wait for the sender.
    void reader.cancel().catch(() => undefined);
    throw error;
  } finally {
    place.leave();
  }
}

/** A sender that hangs up, or is too slow, is no fault of ours. */
function refuseBroken(error: unknown): never {
  if (error instanceof ProblemError) throw error;
  throw new ProblemError({ status: 400, detail: 'the connection ended before the whole body had come' });
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ProblemError({ status: 400, detail: 'expected JSON in UTF-8, got bytes that are not UTF-8' });
  }
}

function tooMuchUnderWay(): ProblemError {
  return new ProblemError({
    status: 503,
    detail: 'too many large bodies are being received at the moment, and nothing was accepted: try again later',
    headers: { 'retry-after': '5', connection: 'close' },
  });
}

function tooLarge(): ProblemError {
  return new ProblemError({
    status: 413,
    detail: `expected at most ${MAX_BODY_BYTES / 1024 / 1024} MiB: group alerts by more labels, so that each delivery is smaller`,
    headers: { connection: 'close' },
  });
}

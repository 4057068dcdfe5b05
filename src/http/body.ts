/** Reads a JSON body, bounded and strict. */
import { quote } from '../domain/parsed.ts';
import { ProblemError } from './problem.ts';
import { readBytes } from './read-bytes.ts';
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

const TOO_LARGE = `expected at most ${MAX_BODY_BYTES / 1024 / 1024} MiB: group alerts by more labels, so that each delivery is smaller`;

/** The room of all bodies of unauthenticated senders, by their addresses. */
export function createStrangersRoom(): Enter {
  return createRoom(STRANGERS_ROOM_BYTES, tooMuchUnderWay);
}

export function createJsonReader(enterAsStranger: Enter): ReadJson {
  const enter = createRoom(ROOM_BYTES, tooMuchUnderWay);
  return async (request, sender, inspect) => {
    requireJsonType(request.headers);
    const bytes = await readBytes(request, {
      sender,
      enter: inspect === undefined ? enter : enterAsStranger,
      mostBytes: MAX_BODY_BYTES,
      tooLarge: TOO_LARGE,
    });
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

/** Reads a JSON body, bounded and strict. */
import { quote } from '../domain/parsed.ts';
import { ProblemError } from './problem.ts';

/** Ten thousand alerts with ordinary labels take about ten. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

/**
 * Reads a request's body as JSON.
 *
 * @param inspect sees the bytes as they came, before anything is parsed; what it throws is the answer
 * @throws ProblemError with 400, 413, 415 or 503
 */
export type ReadJson = (request: Request, inspect?: (bytes: Uint8Array) => void) => Promise<unknown>;

/** How much of all bodies together may be under way: slow senders of large ones must not fill the memory. */
const MAX_UNDER_WAY_BYTES = 64 * 1024 * 1024;

/** A request's headers may take as much, and nobody counts those either. */
const SMALL_BYTES = 16 * 1024;

export function createJsonReader(): ReadJson {
  const budget: Budget = { bytes: 0 };
  return async (request, inspect) => readJson(request, budget, inspect);
}

interface Budget {
  /** Of bodies that are being read now. */
  bytes: number;
}

async function readJson(request: Request, budget: Budget, inspect?: (bytes: Uint8Array) => void): Promise<unknown> {
  requireJsonType(request.headers);
  const bytes = await readBytes(request, budget).catch(refuseBroken);
  inspect?.(bytes);
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

async function readBytes(request: Request, budget: Budget): Promise<Uint8Array> {
  const announced = request.headers.get('content-length');
  const length = Number(announced ?? 0);
  if (length > MAX_BODY_BYTES) throw tooLarge();
  // Node holds a sender to what was announced. Much cheaper than a stream, and next to every delivery is small.
  if (announced !== null && length <= SMALL_BYTES) return new Uint8Array(await request.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream: AsyncIterable<Uint8Array> | readonly Uint8Array[] = request.body ?? [];
  try {
    for await (const chunk of stream) {
      size += chunk.byteLength;
      budget.bytes += chunk.byteLength;
      if (size > MAX_BODY_BYTES) throw tooLarge();
      if (budget.bytes > MAX_UNDER_WAY_BYTES) throw tooMuchUnderWay();
      chunks.push(chunk);
    }
  } finally {
    budget.bytes -= size;
  }
  return Buffer.concat(chunks);
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

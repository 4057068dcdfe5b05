/** Reads a file of busy times piece by piece, however large it is. */
import { createReadStream } from 'node:fs';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { addAbortSignal } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { createPastReader, CsvError } from '../domain/past-csv.ts';
import type { PastUse } from '../domain/past-use.ts';
import { usageError } from './command-error.ts';

export interface ReadPast {
  readonly past: readonly PastUse[];
  readonly rows: number;
}

/**
 * @param file its path; `-` is standard input
 * @throws CommandError that names the file and the line
 */
export async function readPastCsv(file: string, signal: AbortSignal): Promise<ReadPast> {
  const name = file === '-' ? 'standard input' : file;
  const reader = createPastReader();
  // The reader refuses the character that stands for bytes that are none: they could make one name of two.
  const decoder = new TextDecoder();
  try {
    for await (const bytes of unpacked(addAbortSignal(signal, file === '-' ? process.stdin : createReadStream(file))))
      reader.feed(decoder.decode(bytes, { stream: true }));
    reader.feed(decoder.decode());
    return reader.end();
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof CsvError) throw usageError(`${name}, ${cause.message}`, cause);
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
    if (code === undefined) throw cause;
    throw usageError(`cannot read ${name} (${code}): expected a file with rows of machine,start,end`, cause);
  }
}

const GZIP = Buffer.from([0x1f, 0x8b]);

/** The bytes of the file, unpacked if they were packed with gzip. */
async function* unpacked(file: Readable): AsyncGenerator<Uint8Array> {
  const pieces = bytesOf(file);
  let head = Buffer.alloc(0);
  while (head.length < GZIP.length) {
    const { value, done } = await pieces.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    yield head;
    yield* pieces;
  }
  if (!head.subarray(0, GZIP.length).equals(GZIP)) {
    yield* all();
    return;
  }
  const gunzip = createGunzip();
  // Reading rejects with the same error.
  void pipeline(all(), gunzip).catch(() => undefined);
  yield* bytesOf(gunzip);
}

async function* bytesOf(stream: Readable): AsyncGenerator<Uint8Array, undefined> {
  for await (const piece of stream) if (piece instanceof Uint8Array) yield piece;
  return undefined;
}

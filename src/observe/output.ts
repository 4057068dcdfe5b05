/**
 * Standard output for a log: it never waits for its reader, and whatever becomes of the reader, the disk or the terminal, the
 * process goes on. Lines that cannot be written yet are kept, up to a limit; those beyond it are dropped and counted.
 */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import process from 'node:process';
import { isatty } from 'node:tty';

export interface Output {
  readonly isTerminal: boolean;
  readonly write: (line: string) => void;
  /** Calls the listener for each line that is dropped. */
  readonly onDropped: (listener: () => void) => void;
  /** Calls the listener with the number of lines that were dropped, once lines are taken again. */
  readonly onResumed: (listener: (dropped: number) => void) => void;
  /** Writes what is kept, as far as it is taken within half a second. */
  readonly close: () => void;
}

/** Some thousands of lines. */
const MOST_KEPT_BYTES = 1024 * 1024;
/** How soon it is tried again, in milliseconds: soon at first, because a reader that is merely slow empties a pipe at once. */
const SOONEST_MS = 5;
const LATEST_MS = 500;
/** How long the end of the process waits for a reader that takes nothing. */
const LAST_WAIT_MS = 500;

export function openOutput(fd: number): Output {
  const own = openNonBlocking(fd);
  const target = own ?? fd;
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let dropped = 0;
  let retryMs = SOONEST_MS;
  let timer: NodeJS.Timeout | undefined;
  let drop: () => void = () => undefined;
  let resume: (dropped: number) => void = () => undefined;

  const keep = (line: Buffer): void => {
    kept.push(line);
    keptBytes += line.length;
    timer ??= setTimeout(retry, retryMs).unref();
  };
  /** @returns whether anything was taken */
  const flush = (): boolean => {
    let taken = 0;
    for (let [first] = kept; first !== undefined; [first] = kept) {
      const count = tryToWrite(target, first);
      taken += count;
      keptBytes -= count;
      if (count < first.length) {
        kept[0] = first.subarray(count);
        break;
      }
      kept.shift();
    }
    return taken > 0;
  };
  function retry(): void {
    timer = undefined;
    retryMs = flush() ? SOONEST_MS : Math.min(retryMs * 2, LATEST_MS);
    if (kept.length > 0) timer = setTimeout(retry, retryMs).unref();
    else if (dropped > 0) {
      const lost = dropped;
      dropped = 0;
      resume(lost);
    }
  }
  const flushAtEnd = (): void => {
    for (let waitedMs = 0; kept.length > 0 && waitedMs < LAST_WAIT_MS; waitedMs += SOONEST_MS) {
      if (flush()) waitedMs = 0;
      if (kept.length > 0) Atomics.wait(NEVER, 0, 0, SOONEST_MS);
    }
  };
  process.on('exit', flushAtEnd);

  return {
    isTerminal: isatty(fd),
    write: (line) => {
      const bytes = Buffer.from(line);
      const count = kept.length > 0 ? 0 : tryToWrite(target, bytes);
      if (count === bytes.length) return;
      // Of a line that was begun the rest is kept in any case: the next one must not stand in its middle.
      if (count > 0 || keptBytes + bytes.length <= MOST_KEPT_BYTES) keep(bytes.subarray(count));
      else {
        dropped += 1;
        drop();
      }
    },
    onDropped: (listener) => {
      drop = listener;
    },
    onResumed: (listener) => {
      resume = listener;
    },
    close: () => {
      flushAtEnd();
      clearTimeout(timer);
      process.off('exit', flushAtEnd);
      if (own !== undefined) closeSync(own);
    },
  };
}

const NEVER = new Int32Array(new SharedArrayBuffer(4));

/** @returns how many bytes were taken; none when there is no room, no disk or no reader, which may all come back */
function tryToWrite(fd: number, bytes: Buffer): number {
  try {
    return writeSync(fd, bytes);
  } catch {
    return 0;
  }
}

/**
 * A pipe or a terminal is opened once more, because whether writing blocks belongs to the opening: a process that shares ours
 * could set it back. Where that is not possible, as with a socket, Node's own stream for it sets it on ours.
 */
function openNonBlocking(fd: number): number | undefined {
  const kind = fstatSync(fd);
  if (kind.isFile()) return undefined;
  if (!kind.isSocket()) {
    try {
      return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch {
      // Not Linux, or not ours to open.
    }
  }
  const stream = fd === 1 ? process.stdout : process.stderr;
  stream.on('error', () => undefined);
  return undefined;
}

/** Programs that a test starts: as process groups of their own, which never outlive the test. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export interface ProgramOptions {
  /** What messages call it. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** All of it: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface RunningProgram extends AsyncDisposable {
  readonly name: string;
  /** What it has written to standard output and standard error so far. */
  readonly lines: readonly string[];
  /**
   * Resolves with what `find` makes of the first line that it does not answer with undefined, earlier lines included.
   *
   * @throws Error with the last lines when the process ends, or after `timeoutMs` (20 s by default)
   */
  readonly awaitLine: <T>(find: (line: string) => T | undefined, timeoutMs?: number) => Promise<T>;
  /** Resolves with the exit code or signal once it has ended. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Its name and last lines, for the message of a failure. */
  readonly tail: () => string;
  /** SIGTERM, after ten seconds SIGKILL, and then SIGKILL for what is left of its group. Resolves with the exit code or signal. */
  readonly stop: () => Promise<number | NodeJS.Signals>;
}

/** What every program needs of the environment: PATH, and HOME, by which some wrappers find what they wrap. */
export function minimalEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME };
}

const TAIL_LINES = 15;
const STOP_MS = 10_000;

/** @throws Error when the program cannot be started */
export async function startProgram(options: ProgramOptions): Promise<RunningProgram> {
  const { name, program, args, environment } = options;
  const child = spawn(program, args, { env: { ...environment }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new Error(`${name} could not be started: ${program}`, { cause });
  }
  const { pid } = child;
  if (pid === undefined) throw new Error(`expected a pid of ${name}`);
  tellReaper(`+${pid}`);

  const lines: string[] = [];
  const news = new EventEmitter();
  for (const stream of [child.stdout, child.stderr]) collectLines(stream, lines, news);
  const exited = once(child, 'exit').then(() => child.exitCode ?? child.signalCode ?? 'SIGKILL');
  let isSilent = false;
  child.once('close', () => {
    isSilent = true;
    news.emit('news');
  });
  const tail = (): string => [`--- the last lines of ${name}:`, ...lines.slice(-TAIL_LINES)].join('\n');

  async function awaitLine<T>(find: (line: string) => T | undefined, timeoutMs = 20_000): Promise<T> {
    const signal = AbortSignal.timeout(timeoutMs);
    for (let next = 0; ; next += 1) {
      while (next >= lines.length) {
        if (isSilent) throw new Error(`${name} ended before it wrote the expected line\n${tail()}`);
        await once(news, 'news', { signal }).catch((cause: unknown) => {
          throw new Error(`${name} did not write the expected line in ${timeoutMs} ms\n${tail()}`, { cause });
        });
      }
      const found = find(lines[next] ?? '');
      if (found !== undefined) return found;
    }
  }

  async function stop(): Promise<number | NodeJS.Signals> {
    child.kill('SIGTERM');
    const timer = setTimeout(() => killGroup(pid), STOP_MS);
    const ended = await exited;
    clearTimeout(timer);
    killGroup(pid);
    tellReaper(`-${pid}`);
    return ended;
  }

  return { name, lines, awaitLine, exited, tail, stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}

function collectLines(stream: Readable, lines: string[], news: EventEmitter): void {
  createInterface({ input: stream }).on('line', (line) => {
    lines.push(line);
    news.emit('news');
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

let reaper: ChildProcessByStdio<Writable, null, null> | undefined;

/**
 * One reaper for a test process, started with the first thing to reap. It does not keep the test process alive.
 *
 * @param line as reaper.ts reads it
 */
export function tellReaper(line: string): void {
  if (reaper === undefined) {
    const program = fileURLToPath(new URL('reaper.ts', import.meta.url));
    reaper = spawn(process.execPath, [program], { env: {}, detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    reaper.unref();
    if (reaper.stdin instanceof Socket) reaper.stdin.unref();
  }
  reaper.stdin.write(`${line}\n`);
}

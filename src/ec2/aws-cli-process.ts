/** Runs a program with bounded concurrency, time and output, and never through a shell. */
import { spawn } from 'node:child_process';
import type { Environment } from '../config/environment.ts';

export interface Finished {
  /** `null` if a signal ended the process. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `missing`: the program does not exist. */
export type RunFailure = 'missing' | 'limit' | 'output' | 'closed' | 'spawn';

export class RunError extends Error {
  override readonly name = 'RunError';
  readonly failure: RunFailure;

  constructor(failure: RunFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

export interface RunnerOptions {
  readonly command: string;
  readonly concurrency: number;
  /** The time limit of one run, without its wait for a free place. */
  readonly limitMs: number;
  readonly maxOutputBytes: number;
}

export interface Runner {
  /** @throws RunError */
  run(args: readonly string[], environment: Environment): Promise<Finished>;
  /**
   * As `run`, with the arguments as they are when there is a free place; undefined runs nothing.
   *
   * @throws RunError, and what `prepare` throws
   */
  runPrepared(
    prepare: () => Promise<readonly string[] | undefined>,
    environment: Environment,
  ): Promise<Finished | undefined>;
  /** Kills running processes and rejects waiting runs. */
  close(): void;
}

export function createRunner(options: RunnerOptions): Runner {
  const waiting: { readonly resolve: () => void; readonly reject: (error: RunError) => void }[] = [];
  const cutOff = new Set<(error: RunError) => void>();
  let running = 0;
  let closed = false;

  const enter = async (): Promise<void> => {
    if (closed) throw closedRun();
    if (running < options.concurrency) {
      running += 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiting.push({ resolve, reject });
    await promise;
  };
  const leave = (): void => {
    const next = waiting.shift();
    // The place goes directly to the next run, so no other run takes it in between.
    if (next === undefined) running -= 1;
    else next.resolve();
  };

  const inPlace = async <T>(run: () => Promise<T>): Promise<T> => {
    await enter();
    try {
      if (closed) throw closedRun();
      return await run();
    } finally {
      leave();
    }
  };

  return {
    run: async (args, environment) => inPlace(async () => runOnce(options, args, environment, cutOff)),
    runPrepared: async (prepare, environment) =>
      inPlace(async () => {
        const args = await prepare();
        if (closed) throw closedRun();
        return args === undefined ? undefined : runOnce(options, args, environment, cutOff);
      }),
    close: () => {
      closed = true;
      waiting.splice(0).forEach(({ reject }) => reject(closedRun()));
      cutOff.forEach((cut) => cut(closedRun()));
    },
  };
}

async function runOnce(
  { command, limitMs, maxOutputBytes }: RunnerOptions,
  args: readonly string[],
  env: Environment,
  cutOff: Set<(error: RunError) => void>,
): Promise<Finished> {
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  // With a process group of its own, a kill also ends the processes that a wrapper script has started.
  const child = spawn(command, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const cut = (error: RunError): void => {
    killGroup(child.pid);
    child.stdout.destroy();
    child.stderr.destroy();
    reject(error);
  };
  const stdout = collect(child.stdout, maxOutputBytes, cut);
  const stderr = collect(child.stderr, maxOutputBytes, cut);
  const timer = setTimeout(() => cut(new RunError('limit', `${command} took longer than ${limitMs} ms`)), limitMs);
  cutOff.add(cut);
  child.once('error', (error) => reject(spawnError(command, error)));
  child.once('close', (status) => resolve({ status, stdout: stdout(), stderr: stderr() }));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    cutOff.delete(cut);
  }
}

function collect(stream: NodeJS.ReadableStream, maxBytes: number, cut: (error: RunError) => void): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) cut(new RunError('output', `expected at most ${maxBytes} bytes of output, got more`));
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The process has already ended.
  }
}

function spawnError(command: string, error: NodeJS.ErrnoException): RunError {
  const missing = error.code === 'ENOENT' || error.code === 'EACCES';
  return new RunError(missing ? 'missing' : 'spawn', `${command} could not be started: ${error.message}`, error);
}

function closedRun(): RunError {
  return new RunError('closed', 'the runner was closed');
}

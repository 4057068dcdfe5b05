/** The application as a process of its own, to be killed. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../bin/ec2-operator.mjs', import.meta.url));

export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  /** What it has written to standard output so far. */
  readonly lines: readonly string[];
  readonly kill: (signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT') => void;
  /** Resolves with the exit code, or the name of the signal that ended it, and with what it wrote to standard error. */
  readonly exit: Promise<Exit>;
}

export interface Exit {
  readonly code: number | string;
  readonly stderr: string;
}

/** Starts `ec2-operator` with these arguments and variables, and nothing else of this process's but PATH. */
function start(argv: readonly string[], environment: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [MAIN, ...argv], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = Promise.withResolvers<number | string>();
  child.once('exit', (code, signal) => {
    ended.resolve(code ?? signal ?? 'nothing');
  });
  const stderr = text(child.stderr);
  const exit = (async (): Promise<Exit> => {
    return { code: await ended.promise, stderr: await stderr };
  })();
  return { child, exit };
}

/** Runs it until it ends by itself. */
export async function runProcess(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Exit & { readonly stdout: string }> {
  const { child, exit } = start(argv, environment);
  const [stdout, ended] = await Promise.all([text(child.stdout), exit]);
  return { ...ended, stdout };
}

/** Starts it on a free port, and resolves when it says where it listens. */
export async function serveProcess(environment: Readonly<Record<string, string>>): Promise<ServerProcess> {
  const { child, exit } = start(['serve'], { HOST: '127.0.0.1', PORT: '0', AUTH: 'none', ...environment });
  const lines: string[] = [];
  const listening = Promise.withResolvers<string>();
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    const url = /"url":"([^"]+)"/.exec(line)?.[1];
    if (url !== undefined) listening.resolve(url);
  });
  void rejectAtExit(exit, listening.reject);
  return {
    url: await listening.promise,
    lines,
    kill: (signal) => {
      child.kill(signal);
    },
    exit,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

async function rejectAtExit(exit: Promise<Exit>, reject: (error: unknown) => void): Promise<void> {
  const { code, stderr } = await exit;
  reject(new Error(`it ended with ${code} before it listened: ${stderr}`));
}

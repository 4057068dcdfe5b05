/** One replica of the operator: a process that dies and comes back at the same address, as a platform would restart it. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import type { Exit } from '../support/process.ts';

const MAIN = fileURLToPath(new URL('../../bin/ec2-operator.mjs', import.meta.url));
const TAIL_LINES = 10;
/** A campaign may be left to run on a machine that has other things to do. */
const PATIENCE = { timeoutMs: 180_000 };

export interface Replica extends AsyncDisposable {
  readonly url: string;
  /** Starts the process; `ready` also waits until it answers. */
  readonly start: () => void;
  readonly ready: () => Promise<void>;
  /** Ends it at once, wherever it is. */
  readonly kill: () => Promise<void>;
  /** Asks it to end. Resolves with its exit code or signal. */
  readonly terminate: () => Promise<Exit['code']>;
  readonly pid: () => number;
  /** The last lines that its processes have written. */
  readonly tail: () => string;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

export async function createReplica(environment: Readonly<Record<string, string>>): Promise<Replica> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const lines: string[] = [];
  let child: Child | undefined;

  const current = (): Child => {
    if (child === undefined) throw new Error('expected the replica to be started');
    return child;
  };
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<Exit['code']> => {
    const ending = current();
    if (ending.exitCode === null && ending.signalCode === null) {
      const exited = once(ending, 'exit');
      ending.kill(signal);
      await exited;
    }
    return ending.exitCode ?? ending.signalCode ?? 'nothing';
  };
  const tail = (): string => [`--- the last lines of ${url}:`, ...lines.slice(-TAIL_LINES)].join('\n');
  return {
    url,
    start: () => {
      child = spawn(process.execPath, ['--max-semi-space-size=4', MAIN, 'serve'], {
        env: {
          PATH: process.env['PATH'],
          HOST: '127.0.0.1',
          PORT: String(port),
          AUTH: 'none',
          LOG_LEVEL: 'warn',
          ...environment,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const input of [child.stdout, child.stderr]) {
        createInterface({ input }).on('line', (line) => {
          if (lines.push(line.slice(0, 500)) > 4 * TAIL_LINES) lines.shift();
        });
      }
    },
    ready: async () => {
      const starting = current();
      await eventually(
        'the replica answers',
        async () => {
          if (starting !== child || starting.exitCode !== null) return true;
          return (await fetch(`${url}/ping`)).ok ? true : undefined;
        },
        PATIENCE,
      );
      if (starting.exitCode !== null) throw new Error(`the replica ended with ${starting.exitCode}\n${tail()}`);
    },
    kill: async () => void (await end('SIGKILL')),
    terminate: async () => end('SIGTERM'),
    pid: () => current().pid ?? 0,
    tail,
    [Symbol.asyncDispose]: async () => {
      if (child !== undefined) await end('SIGKILL');
    },
  };
}

/** Below the range from which the system takes ports for outgoing connections: nobody takes it while the replica is dead. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer().listen(port, '127.0.0.1');
    const taken = await once(server, 'listening').then(
      () => false,
      () => true,
    );
    server.close();
    if (!taken) return port;
  }
}

/** A person at a command line: runs the real program against an operator, as a process of its own. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Readable } from 'node:stream';

export const PROGRAM = fileURLToPath(new URL('../../bin/ec2-operator.mjs', import.meta.url));

export interface Run {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running extends AsyncDisposable {
  readonly signal: (name: NodeJS.Signals) => void;
  /** Writes to its standard input, which `keepsInput` has left open. */
  readonly type: (text: string) => void;
  /** Resolves with the first line of standard output, or of standard error, that matches. Fails when it ends before. */
  readonly line: (stream: 'stdout' | 'stderr', form: RegExp) => Promise<string>;
  /** Closes the reading end of its standard output, as `head` does. */
  readonly leave: () => void;
  readonly end: Promise<Run>;
}

export interface PersonOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Its standard input stays open behind `input`. */
  readonly keepsInput?: boolean;
  /** Another program in place of node and ec2-operator, with these arguments. */
  readonly program?: string;
}

/** @param url of the server, as EC2_OPERATOR_URL */
export function startPerson(url: string, args: readonly string[], options: PersonOptions = {}): Running {
  const { environment = {}, input = '', keepsInput = false, program } = options;
  const { PATH = '' } = process.env;
  const child = spawn(program ?? process.execPath, program === undefined ? [PROGRAM, ...args] : args, {
    env: { PATH, EC2_OPERATOR_URL: url, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => undefined);
  child.stdin.write(input);
  if (!keepsInput) child.stdin.end();
  const streams = { stdout: collect(child.stdout), stderr: collect(child.stderr) };
  const closed = once(child, 'close');
  const end = closed.then(() => ({
    code: child.exitCode ?? child.signalCode ?? '',
    stdout: streams.stdout.text(),
    stderr: streams.stderr.text(),
  }));
  return {
    signal: (name) => void child.kill(name),
    type: (text) => void child.stdin.write(text),
    line: async (stream, form) => streams[stream].find(form),
    leave: () => void child.stdout.destroy(),
    end,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

/** Runs it to its end. */
export async function runPerson(url: string, args: readonly string[], options?: PersonOptions): Promise<Run> {
  await using person = startPerson(url, args, options);
  return await person.end;
}

export const SCRIPT = 'script';

const VERSION = spawnSync(SCRIPT, ['--version'], { encoding: 'utf8' });

/** Why there is no terminal to run a program on; false where there is one. */
export const NO_SCRIPT =
  VERSION.status === 0 && VERSION.stdout.includes('util-linux') ? false : 'there is no script of util-linux';

/** What `script` of util-linux needs to run the program on a terminal of its own, 100 characters wide. */
export function onTerminal(args: readonly string[], node = process.execPath): readonly string[] {
  const words = [node, PROGRAM, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return ['-qec', `stty cols 100 rows 30; exec ${words.join(' ')}`, '/dev/null'];
}

function collect(stream: Readable): { readonly text: () => string; readonly find: (form: RegExp) => Promise<string> } {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text += chunk;
  });
  const lines: string[] = [];
  let wake = Promise.withResolvers<void>();
  let isOver = false;
  const reader = createInterface({ input: stream });
  reader.on('line', (line) => {
    lines.push(line);
    wake.resolve();
  });
  reader.on('close', () => {
    isOver = true;
    wake.resolve();
  });
  return {
    text: () => text,
    find: async (form) => {
      for (let next = 0; ; next += 1) {
        while (next >= lines.length) {
          if (isOver) throw new Error(`no line matches ${String(form)} in:\n${text}`);
          await wake.promise;
          wake = Promise.withResolvers<void>();
        }
        const line = lines[next] ?? '';
        if (form.test(line)) return line;
      }
    },
  };
}

/** The process: its environment, memory, signals and exit code. Everything else is in `command.ts`. */
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { endBy, type End } from './cli/end.ts';
import { runCommand } from './command.ts';

// By default, V8 grows the heap rather than collect: a third more memory with a hundred thousand waiting operations.
setFlagsFromString('--heap-growing-percent=50');

/** A command that `run` starts gets all of it. */
const inherited = { ...process.env };

// An empty variable counts as unset, but the AWS SDK and the `aws` command would take it for a value.
for (const [name, value] of Object.entries(process.env)) if (value === '') delete process.env[name];

/** Platforms kill a process after 10 s or more, and a busy machine is seconds late. Work that hangs until then, as on a silent database, never ends. */
const LAST_MOMENT_MS = 7_000;

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    stop.abort(name);
    setTimeout(leave, LAST_MOMENT_MS).unref();
  });
}

const LAST_WORDS_MS = 500;

/** Resolves when the stream has written everything, or cannot. */
async function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.write('', () => {
    resolve();
  });
  await promise;
}

function leave(): never {
  process.stderr.write('ec2-operator: not all work ended in time; another replica or the next start continues it\n');
  process.exit();
}

// A closed pipe or a full disk must not end the process. Everything important is also told elsewhere.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

let end: End = 1;
try {
  end = await runCommand(process.argv.slice(2), stop.signal, inherited);
} catch (error) {
  // The message says what to do; DEBUG adds the stack.
  process.stderr.write(`ec2-operator: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env['DEBUG'] !== undefined && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
}
// A slow reader of a pipe leaves output in this process. After a signal, there may be no reader.
const patience = stop.signal.aborted ? [delay(LAST_WORDS_MS, undefined, { ref: false })] : [];
await Promise.race([Promise.all([drained(process.stdout), drained(process.stderr)]), ...patience]);
// A resolver or a connection that hangs must not keep the process alive.
process.exit(endBy(end));

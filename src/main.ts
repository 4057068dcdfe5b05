/** The process: its environment, its memory, its signals and its exit code. Everything else is in `command.ts`. */
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runCommand } from './command.ts';

// V8 would rather grow than collect: with a hundred thousand operations waiting, that is a third more memory for nothing.
setFlagsFromString('--heap-growing-percent=50');

// An empty variable counts as unset, but the AWS SDK and the `aws` command would take it for a value.
for (const [name, value] of Object.entries(process.env)) if (value === '') delete process.env[name];

/** Platforms kill after 10 s and more. Whatever still hangs by then, a database that has fallen silent, gets no better. */
const LAST_MOMENT_MS = 8_500;

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    stop.abort(name);
    setTimeout(leave, LAST_MOMENT_MS).unref();
  });
}

const LAST_WORDS_MS = 500;

/** Resolves when all is written that was, or when it cannot be. */
async function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  stream.write('', () => {
    resolve();
  });
  await promise;
}

function leave(): never {
  process.stderr.write('ec2-operator: not all could be settled in time; it is taken up again by whoever comes next\n');
  process.exit();
}

// A reader that has gone, or a full disk, is no reason to end; what must be told is told elsewhere, too.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  process.exitCode = await runCommand(process.argv.slice(2), stop.signal);
} catch (error) {
  // A message that says what to do is worth more than a stack; the stack is there for those who ask.
  process.stderr.write(`ec2-operator: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env['DEBUG'] !== undefined && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  process.exitCode = 1;
}
// A pipe takes what its reader has made room for: the rest is still here. After a signal nobody may be there to read it.
const patience = stop.signal.aborted ? [delay(LAST_WORDS_MS, undefined, { ref: false })] : [];
await Promise.race([Promise.all([drained(process.stdout), drained(process.stderr)]), ...patience]);
// A resolver or a connection that hangs must not keep a process that has settled everything.
process.exit();

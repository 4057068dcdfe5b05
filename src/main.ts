/** The process: its environment, its memory, its signals and its exit code. Everything else is in `command.ts`. */
import process from 'node:process';
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

function leave(): never {
  process.stderr.write('ec2-operator: not all could be settled in time; it is taken up again by whoever comes next\n');
  process.exit();
}

try {
  process.exitCode = await runCommand(process.argv.slice(2), stop.signal);
} catch (error) {
  // A message that says what to do is worth more than a stack; the stack is there for those who ask.
  process.stderr.write(`ec2-operator: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env['DEBUG'] !== undefined && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  process.exitCode = 1;
}
// A resolver or a connection that hangs must not keep a process that has settled everything.
process.exit();

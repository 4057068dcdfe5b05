#!/usr/bin/env node
/** The process: its environment, its signals and its exit code. Everything else is in `command.ts`. */
import { enableCompileCache } from 'node:module';
import path from 'node:path';

// Compiled once and kept beside the code: the next start takes two thirds of the time and 20 MB less. Where the folder
// cannot be written, nothing is kept and nothing breaks.
enableCompileCache(path.join(import.meta.dirname, '..', 'node_modules', '.cache', 'compiled'));

// An empty variable counts as unset, but the AWS SDK and the `aws` command would take it for a value.
for (const [name, value] of Object.entries(process.env)) if (value === '') delete process.env[name];

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    stop.abort();
  });
}

try {
  // Imported late, so that it comes out of the cache.
  const { runCommand } = await import('./command.ts');
  process.exitCode = await runCommand(process.argv.slice(2), stop.signal);
} catch (error) {
  // A message that says what to do is worth more than a stack; the stack is there for those who ask.
  process.stderr.write(`ec2-operator: ${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env['DEBUG'] !== undefined && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  process.exitCode = 1;
}

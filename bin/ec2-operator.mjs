#!/usr/bin/env node
// The entry. In plain JavaScript, because of what comes before the first TypeScript: with everything compiled in the
// cache, Node does not even load its TypeScript compiler, which saves 14 MB and a third of the time to start. It has to
// be understood by every Node that somebody may have.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';

const OLDEST = 26;
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');

// The resolver blocks half of libuv's threads, four by default: a slow zone must not keep AWS's own names waiting.
// `run` needs few, and hands its environment on as it is.
if (process.argv[2] !== 'run') process.env.UV_THREADPOOL_SIZE ??= '16';

if (Number(process.versions.node.split('.')[0]) >= OLDEST) {
  // Where the folder cannot be written, nothing is kept and nothing breaks.
  nodeModule.enableCompileCache(path.join(root, 'node_modules', '.cache', 'compiled'));
  await import('../src/main.ts');
} else runOnOwnNode();

/** As in src/cli/terminal.ts: Ctrl-C then reaches the child, too, and a second time would end it at once. */
function isInForeground() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return group === foreground;
  } catch {
    return [0, 1, 2].some((stream) => isatty(stream));
  }
}

/** The project brings the Node that it needs as a package. */
function runOnOwnNode() {
  const own = path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(own)) {
    console.error(
      `ec2-operator: expected Node ${OLDEST} or newer, got ${process.versions.node}: run "npm ci" in ${root}, which brings it along, or start it with a newer Node`,
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(own, [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  for (const name of ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT']) process.on(name, () => child.kill(name));
  for (const name of ['SIGINT', 'SIGQUIT']) process.on(name, () => isInForeground() || child.kill(name));
  child.once('error', (error) => {
    console.error(`ec2-operator: ${own} cannot be run (${error.message}): run "npm ci" in ${root}`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    // As the child ended, so that whoever started this one sees the same.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

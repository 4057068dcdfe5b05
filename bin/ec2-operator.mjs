#!/usr/bin/env node
// The entry. In plain JavaScript, because of what comes before the first TypeScript: with everything compiled in the
// cache, Node does not even load its TypeScript compiler, which saves 14 MB and a third of the time to start. It has to
// be understood by every Node that somebody may have.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import path from 'node:path';
import process from 'node:process';
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
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
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

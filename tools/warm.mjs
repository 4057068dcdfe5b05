// Starts the server once and stops it again, so that what Node has compiled is in its cache (see bin/ec2-operator.mjs): the
// first real start is then as quick and as small as every later one. Runs on whatever Node came with npm. It is a
// convenience: nothing depends on it, so nothing here is an error.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

const PATIENCE_MS = 15_000;
const root = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const pinned = path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const { NODE_COMPILE_CACHE } = process.env;
const elsewhere = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
const directory = mkdtempSync(path.join(tmpdir(), 'ec2-operator-warm-'));
try {
  const server = spawn(pinned, [path.join(root, 'bin', 'ec2-operator.mjs'), 'serve'], {
    env: { HOST: '127.0.0.1', PORT: '0', AUTH: 'none', DATA_DIR: directory, ...elsewhere },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  const ended = once(server, 'exit');
  server.stdout.on('data', (lines) => {
    if (String(lines).includes('ec2-operator is up')) server.kill('SIGTERM');
  });
  await ended;
} catch {
  // No pinned Node, no sources, no room: the first start compiles for itself.
} finally {
  rmSync(directory, { recursive: true, force: true });
}

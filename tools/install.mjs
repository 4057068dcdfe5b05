// Installs what package-lock.json asks for, when it is not there yet. Runs on whatever Node came with npm, so that
// `npm test` and `npm run demo` are the only commands a fresh clone needs; everything after it runs on the pinned Node.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const root = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const wanted = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).dependencies.node;
const pinned = path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

if (!isInstalled()) {
  console.error('Installing the locked dependencies (once)...');
  npm('ci', '--no-audit', '--no-fund', '--loglevel=error');
}
// The node package fetches its binary in an install script, which some npm settings skip.
if (versionOfPinned() !== wanted) npm('rebuild', 'node', '--ignore-scripts=false', '--loglevel=error');
if (versionOfPinned() !== wanted) {
  console.error(`Expected Node ${wanted} from the "node" package in node_modules, got ${versionOfPinned() ?? 'none'}.`);
  console.error(
    'Its install script has to run: see `npm help install-scripts`, then remove node_modules and try again.',
  );
  process.exit(1);
}

/** npm notes in node_modules what it has installed, and when. */
function isInstalled() {
  const note = path.join(root, 'node_modules', '.package-lock.json');
  return existsSync(note) && statSync(note).mtimeMs >= statSync(path.join(root, 'package-lock.json')).mtimeMs;
}

function versionOfPinned() {
  if (!existsSync(pinned)) return undefined;
  const answer = spawnSync(pinned, ['--version'], { encoding: 'utf8' });
  return answer.status === 0 ? answer.stdout.trim().slice(1) : undefined;
}

function npm(...args) {
  // npm names itself to its scripts; running it by that path needs no shell on any system.
  const cli = process.env.npm_execpath;
  const [command, prefix] = cli === undefined ? ['npm', []] : [process.execPath, [cli]];
  const { status } = spawnSync(command, [...prefix, ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

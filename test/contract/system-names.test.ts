/** The names of the system itself, by its own files: in a mount namespace, where those can be replaced. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import { findTool } from '../support/tools.ts';
import { startDnsServer } from '../support/dns-server.ts';

const HOST = '127.53.0.53';
const unshare = findTool('unshare', 'util-linux');
const program = 'path' in unshare ? unshare.path : '';
const mayMount = spawnSync(program === '' ? 'false' : program, ['--mount', 'true']).status === 0;
const skip = mayMount ? false : 'needs the right to make a mount namespace';

const SCRIPT = `
import { createLookUpName } from './src/engine/dns.ts';
const search = process.argv[1] === 'search';
const lookUp = createLookUpName({ search, nat64: [] });
const show = async (name) => [name, await lookUp(name)];
console.log(JSON.stringify(Object.fromEntries(await Promise.all(process.argv.slice(2).map(show)))));
`;

test('with the search list of a pod, a full name leads where it was meant to', { skip }, async () => {
  await using stack = new AsyncDisposableStack();
  const directory = mkdtempSync(path.join(tmpdir(), 'ec2-operator-names-'));
  stack.defer(() => {
    rmSync(directory, { recursive: true });
  });
  writeFileSync(path.join(directory, 'hosts'), '127.0.0.1 localhost\n10.0.0.7 alias.example\n');
  writeFileSync(
    path.join(directory, 'resolv.conf'),
    `nameserver ${HOST}\nsearch ns.svc.cluster.local corp.example\noptions ndots:5\n`,
  );
  stack.use(
    await startDnsServer(
      { 'gpu-1.example': ['10.0.0.1'], 'gpu-1.example.corp.example': ['10.0.0.2'], 'short.corp.example': ['10.0.0.3'] },
      { host: HOST, port: 53 },
    ),
  );
  const mounts = ['hosts', 'resolv.conf'].map((file) => `mount --bind ${directory}/${file} /etc/${file}`).join(' && ');
  const names = ['gpu-1.example', 'gpu-1.example.', 'alias.example', 'short', 'absent.example'];
  const look = async (mode: 'plain' | 'search'): Promise<Record<string, unknown>> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const args = ['--input-type=module', '--eval', SCRIPT, mode, ...names];
    const command = `${mounts} && exec "$0" "$@"`;
    execFile(program, ['--mount', 'sh', '-c', command, process.execPath, ...args], (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(stderr));
    });
    return JSON.parse(await promise) as Record<string, unknown>;
  };
  const found = (...addresses: readonly string[]): object => ({ answer: 'addresses', addresses });
  assert.deepEqual(await look('plain'), {
    'gpu-1.example': found('10.0.0.1'),
    'gpu-1.example.': found('10.0.0.1'),
    'alias.example': found('10.0.0.7'),
    short: found('10.0.0.3'),
    'absent.example': { answer: 'unknown' },
  });
  const old = await look('search');
  assert.deepEqual(old['gpu-1.example'], found('10.0.0.2'), 'the old way, on request');
  assert.deepEqual(old['gpu-1.example.'], found('10.0.0.1'), 'a final dot counts there too');
});

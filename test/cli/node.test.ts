/** The program on a Node that is too old for it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempDisposableSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { COUNTING, countsIn, idsOf } from './counting.ts';
import { NO_SCRIPT, onTerminal, PROGRAM, SCRIPT, startPerson } from './person.ts';

/** One that cannot run the sources, if there is any. */
const OLD = (process.env['PATH'] ?? '')
  .split(path.delimiter)
  .map((directory) => path.join(directory, 'node'))
  .find((file) => existsSync(file) && Number(/^v(\d+)/.exec(version(file))?.[1] ?? 99) < 26);

function version(node: string): string {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout;
}

function run(node: string, program: string, ...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(node, [program, ...words], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('an old Node hands over to the one that the project brings along', (t) => {
  if (OLD === undefined) {
    t.skip('there is no Node before 26 in PATH');
    return;
  }
  assert.deepEqual(run(OLD, PROGRAM, '--version'), run(process.execPath, PROGRAM, '--version'));
  const { status, stderr } = run(OLD, PROGRAM, 'check-config', '/nowhere');
  assert.equal(status, 1);
  assert.match(stderr, /cannot read \/nowhere/);
});

test('an old Node passes each signal on once, and ends as the other one does', async (t) => {
  if (OLD === undefined) {
    t.skip('there is no Node before 26 in PATH');
    return;
  }
  const words = ['run', '--', ...COUNTING];
  const options = { environment: { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:1' } };
  await using person = startPerson('', [PROGRAM, ...words], { ...options, program: OLD });
  await idsOf(person);
  for (const name of ['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const) {
    person.signal(name);
    await person.line('stdout', new RegExp(`^got ${name}$`));
  }
  person.signal('SIGTERM');
  const { code, stdout } = await person.end;
  assert.equal(code, 5);
  assert.deepEqual(countsIn(stdout), { SIGINT: 1, SIGHUP: 1, SIGQUIT: 1, SIGUSR1: 1, SIGUSR2: 1 });
});

test('Ctrl-C reaches the program once behind an old Node', { skip: NO_SCRIPT }, async (t) => {
  if (OLD === undefined) {
    t.skip('there is no Node before 26 in PATH');
    return;
  }
  const args = onTerminal(['run', '--', ...COUNTING], OLD);
  const environment = { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:1' };
  await using person = startPerson('', args, { environment, program: SCRIPT, keepsInput: true });
  const [, parent] = await idsOf(person);
  person.type('\u0003');
  await person.line('stdout', /got SIGINT/);
  process.kill(parent, 'SIGTERM');
  assert.deepEqual(countsIn((await person.end).stdout), { SIGINT: 1 });
});

test('where the project has not brought one, it says what to do', (t) => {
  if (OLD === undefined) {
    t.skip('there is no Node before 26 in PATH');
    return;
  }
  using directory = mkdtempDisposableSync('/tmp/ec2-operator-node-');
  mkdirSync(path.join(directory.path, 'bin'));
  const copy = path.join(directory.path, 'bin', path.basename(PROGRAM));
  cpSync(PROGRAM, copy);
  const link = path.join(directory.path, 'ec2-operator');
  symlinkSync(copy, link);
  for (const program of [copy, link]) {
    const { status, stderr } = run(OLD, program);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^ec2-operator: expected Node 26 or newer, got \d+\.\d+\.\d+: run "npm ci" in \S+, which brings it/,
    );
  }
});

/** The program on a Node that is too old for it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempDisposableSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { PROGRAM } from './person.ts';

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

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { constants, openSync, readFileSync, mkdtempDisposableSync, closeSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { findTool } from '../../test/support/tools.ts';

const MODULE = path.join(import.meta.dirname, 'output.ts');

/** Writes so many lines of a kilobyte, says on standard error how many were dropped, and ends. */
const WRITER = `
import { openOutput } from '${MODULE}';
const output = openOutput(1);
let dropped = 0;
output.onDropped(() => void (dropped += 1));
const count = Number(process.argv[2]);
for (let number = 0; number < count; number += 1) output.write(String(number).padEnd(1023, '.') + '\\n');
process.stderr.write(dropped + ' dropped\\n', () => process.exit());
`;

function writer(): { readonly file: string } & Disposable {
  const directory = mkdtempDisposableSync('/tmp/ec2-operator-output-');
  const file = path.join(directory.path, 'writer.ts');
  writeFileSync(file, WRITER);
  return {
    file,
    [Symbol.dispose]: () => {
      directory.remove();
    },
  };
}

function numbersIn(written: string): readonly number[] {
  assert.ok(written === '' || written.endsWith('\n'));
  return written
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      assert.equal(line.length, 1023);
      return Number(line.replace(/\.+$/, ''));
    });
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, number) => number);

test('a reader that reads gets every line, in order, also those that did not fit into the pipe before the end', async () => {
  using program = writer();
  const child = spawn(process.execPath, [program.file, '900'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [written, told] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.deepEqual(numbersIn(written), upTo(900));
  assert.match(told, /^0 dropped/m);
});

test('the same through a named pipe, which can be opened again', async (t) => {
  const mkfifo = findTool('mkfifo', 'coreutils');
  if ('skip' in mkfifo) {
    t.skip(mkfifo.skip);
    return;
  }
  using program = writer();
  using directory = mkdtempDisposableSync('/tmp/ec2-operator-output-');
  const fifo = path.join(directory.path, 'fifo');
  assert.equal(spawnSync(mkfifo.path, [fifo]).status, 0);
  const reader = spawn('cat', [fifo], { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = openSync(fifo, constants.O_WRONLY);
  const child = spawn(process.execPath, [program.file, '900'], { stdio: ['ignore', end, 'ignore'] });
  closeSync(end);
  const [written] = await Promise.all([text(reader.stdout), once(child, 'exit')]);
  assert.deepEqual(numbersIn(written), upTo(900));
});

test('a pipe without a reader delays nothing: whole lines that do not fit are dropped and counted', async () => {
  using program = writer();
  const child = spawn(process.execPath, [program.file, '5000'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [told, exit] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  assert.deepEqual(exit, [0, null], told);
  const dropped = Number(/^(\d+) dropped/m.exec(told)?.[1]);
  assert.ok(dropped > 3000 && dropped < 5000, told);
});

test('neither a full disk nor a reader that has gone ends the process', async () => {
  using program = writer();
  if (process.platform === 'linux') {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [program.file, '1100'], { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    assert.equal(status, 0, String(stderr));
    assert.match(String(stderr), /^76 dropped/m);
  }
  const child = spawn(process.execPath, [program.file, '3000'], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [told, exit] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  assert.deepEqual(exit, [0, null], told);
});

test('a file is written as it comes', () => {
  using program = writer();
  using directory = mkdtempDisposableSync('/tmp/ec2-operator-output-');
  const file = path.join(directory.path, 'log');
  const end = openSync(file, 'a');
  spawnSync(process.execPath, [program.file, '5000'], { stdio: ['ignore', end, 'ignore'] });
  closeSync(end);
  assert.deepEqual(numbersIn(readFileSync(file, 'utf8')), upTo(5000));
});

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createSecretFile } from './secret-file.ts';

const FIRST = 'the first secret';
const SECOND = 'the second secret';

let directory: string;
let file: string;
let now = 0;
let faults: string[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-secret-'));
  file = path.join(directory, 'secret');
  now = 0;
  faults = [];
});
afterEach(async () => rm(directory, { recursive: true }));

function open(): () => string | undefined {
  const read = createSecretFile(file, { onFault: (what) => faults.push(what), now: () => now });
  return () => {
    now += 1_000;
    return read();
  };
}

test('the secret, without the end of the line', async () => {
  await writeFile(file, `  ${FIRST}\n`);
  assert.equal(open()(), FIRST);
});

test('another one, once it is there', async () => {
  await writeFile(file, FIRST);
  const read = open();
  await writeFile(file, SECOND);
  assert.equal(read(), SECOND);
});

test('another one, by a link that leads elsewhere, as Kubernetes does it', async () => {
  for (const version of ['one', 'two']) {
    await mkdir(path.join(directory, version));
    await writeFile(path.join(directory, version, 'secret'), `the secret of version ${version}`);
  }
  await symlink('one', path.join(directory, '..data'));
  await symlink(path.join('..data', 'secret'), file);
  const read = open();
  assert.equal(read(), 'the secret of version one');
  await symlink('two', path.join(directory, '..new'));
  await rename(path.join(directory, '..new'), path.join(directory, '..data'));
  assert.equal(read(), 'the secret of version two');
});

test('it is not looked at more than once a second', async () => {
  await writeFile(file, FIRST);
  const read = createSecretFile(file, { onFault: () => undefined, now: () => now });
  await writeFile(file, SECOND);
  now = 999;
  assert.equal(read(), FIRST);
  now = 1_000;
  assert.equal(read(), SECOND);
});

test('a file that is just being written leaves the last one in place, and is told once', async () => {
  await writeFile(file, FIRST);
  const read = open();
  await writeFile(file, '');
  assert.deepEqual([read(), read()], [FIRST, FIRST]);
  assert.equal(faults.length, 1);
  await writeFile(file, SECOND);
  assert.equal(read(), SECOND);
});

test('a file that is taken away takes the secret away', async () => {
  await writeFile(file, FIRST);
  const read = open();
  await rm(file);
  assert.equal(read(), undefined);
  await writeFile(file, FIRST);
  assert.equal(read(), FIRST);
});

test('none at first is an error that names the file', async () => {
  assert.throws(open, /ENOENT/);
  await writeFile(file, '\n');
  assert.throws(open, /expected a secret of 16 characters or more in .*secret, got 0/);
});

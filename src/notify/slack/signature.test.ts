import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../../test/support/operator.ts';
import { createReadSecret } from './signature.ts';

test('a secret that cannot be read is told once, until it could be read again', async () => {
  await using stack = new AsyncDisposableStack();
  const file = path.join(await temporaryDirectory(stack), 'secret');
  let faults = 0;
  const read = createReadSecret(file, () => {
    faults += 1;
  });
  for (let requests = 0; requests < 5; requests += 1) assert.equal(read(), undefined);
  assert.equal(faults, 1);
  await writeFile(file, 'the secret of an app');
  assert.equal(read(), 'the secret of an app');
  await rm(file);
  for (let requests = 0; requests < 5; requests += 1) assert.equal(read(), undefined);
  assert.equal(faults, 2);
});

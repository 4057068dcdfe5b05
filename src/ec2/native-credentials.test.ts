import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { temporaryDirectory } from '../../test/support/operator.ts';
import { ownCredentials } from './native-credentials.ts';

test('a key that is replaced in its file is used within a minute', async () => {
  await using stack = new AsyncDisposableStack();
  const file = path.join(await temporaryDirectory(stack), 'credentials');
  const write = async (key: string) =>
    writeFile(file, `[default]\naws_access_key_id = ${key}\naws_secret_access_key = example\n`);
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = file;
  process.env['AWS_CONFIG_FILE'] = '/nowhere';
  const provide = ownCredentials(fromNodeProviderChain, {}, 10_000);
  assert.ok(typeof provide === 'function');
  await write('AKIAOLD');
  const old = await provide();
  assert.equal(old.accessKeyId, 'AKIAOLD');
  // The SDK asks again five minutes before the end.
  const askedAgainIn = (old.expiration?.getTime() ?? Infinity) - 300_000 - Date.now();
  assert.ok(askedAgainIn > 0 && askedAgainIn <= 60_000, String(askedAgainIn));
  await write('AKIANEW');
  assert.equal((await provide()).accessKeyId, 'AKIANEW');
});

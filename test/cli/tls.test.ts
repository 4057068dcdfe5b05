/** A server with a certificate of a private authority. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { createAuthority, createCertificate } from '../support/certificates.ts';
import { startOperator, temporaryDirectory } from '../support/operator.ts';
import { runPerson } from './person.ts';

const OPENSSL = 'openssl';
const skip = spawnSync(OPENSSL, ['version']).status === 0 ? false : 'there is no openssl';

test('is trusted with NODE_EXTRA_CA_CERTS, and named without', { skip }, async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await temporaryDirectory(stack);
  const authority = await createAuthority(directory, 'authority');
  const { cert, key } = await createCertificate(directory, 'operator', authority);
  await using operator = await startOperator({ environment: { TLS_CERT: cert, TLS_KEY: key } });
  assert.match(operator.url, /^https:/);

  const trusting = await runPerson(operator.url, ['ops', '--table'], {
    environment: { NODE_EXTRA_CA_CERTS: authority.cert },
  });
  assert.deepEqual(trusting, { code: 0, stdout: 'no operations\n', stderr: '' });

  const doubting = await runPerson(operator.url, ['ops']);
  assert.equal(doubting.code, 3);
  assert.match(doubting.stderr, /certificate that is not trusted \(\w+\): .+NODE_EXTRA_CA_CERTS/);

  const plain = await runPerson(operator.url.replace('https:', 'http:'), ['ops']);
  assert.equal(plain.code, 3);
  assert.match(plain.stderr, /closed the connection|cannot be asked|expected an answer of ec2-operator/);
});

test('https to a server without it says so', async () => {
  await using operator = await startOperator();
  const { code, stderr } = await runPerson(operator.url.replace('http:', 'https:'), ['ops']);
  assert.equal(code, 3);
  assert.match(stderr, /does not speak TLS: should EC2_OPERATOR_URL begin with http:/);
});

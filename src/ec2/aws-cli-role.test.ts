import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRoleCredentials } from './aws-cli-role.ts';
import { Ec2Error } from './port.ts';

const role = { name: 'research', roleArn: 'arn:aws:iam::222222222222:role/x' };
const T0 = Date.UTC(2026, 10, 20, 10);
const MINUTE = 60_000;

/** Answers of STS: each has a key of its own and lasts an hour. */
function sts() {
  const calls = { count: 0, now: T0 };
  const assume = async (): Promise<unknown> => {
    calls.count += 1;
    const Expiration = new Date(calls.now + 60 * MINUTE).toISOString();
    const keys = { AccessKeyId: `ASIA${calls.count}`, SecretAccessKey: 'example', SessionToken: 'token' };
    return { Credentials: { ...keys, Expiration } };
  };
  return { calls, assume, credentials: createRoleCredentials(() => calls.now) };
}

test('concurrent calls share one answer until five minutes before it expires', async () => {
  const { calls, assume, credentials } = sts();
  const [first, second] = await Promise.all([credentials(role, assume), credentials(role, assume)]);
  assert.deepEqual(first, second);
  assert.deepEqual(first, {
    AWS_ACCESS_KEY_ID: 'ASIA1',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_SESSION_TOKEN: 'token',
    AWS_SECURITY_TOKEN: undefined,
  });
  calls.now = T0 + 54 * MINUTE;
  assert.equal(await credentials(role, assume), first);
  calls.now = T0 + 55 * MINUTE;
  assert.equal((await credentials(role, assume))['AWS_ACCESS_KEY_ID'], 'ASIA2');
  assert.equal((await credentials({ ...role, name: 'other' }, assume))['AWS_ACCESS_KEY_ID'], 'ASIA3');
});

test('a failure is not kept', async () => {
  const { assume, credentials } = sts();
  const denied = new Ec2Error('AccessDenied', 'no');
  await assert.rejects(
    credentials(role, async () => Promise.reject(denied)),
    denied,
  );
  assert.equal((await credentials(role, assume))['AWS_ACCESS_KEY_ID'], 'ASIA1');
});

test('old credentials are used until they expire while renewal fails', async () => {
  const { calls, assume, credentials } = sts();
  const keyBy = async (ask: () => Promise<unknown>) => (await credentials(role, ask))['AWS_ACCESS_KEY_ID'];
  const denied = new Ec2Error('InvalidIdentityToken', 'no');
  let tries = 0;
  const refused = async (): Promise<unknown> => {
    tries += 1;
    throw denied;
  };
  assert.equal(await keyBy(assume), 'ASIA1');
  calls.now = T0 + 55 * MINUTE;
  assert.deepEqual(await Promise.all([keyBy(refused), keyBy(refused)]), ['ASIA1', 'ASIA1']);
  assert.equal(await keyBy(refused), 'ASIA1');
  assert.equal(tries, 1, 'one try for all calls');
  calls.now = T0 + 56 * MINUTE;
  assert.equal(await keyBy(refused), 'ASIA1');
  assert.equal(tries, 2, 'a new try after a pause');
  calls.now = T0 + 60 * MINUTE;
  await assert.rejects(keyBy(refused), denied);
  assert.equal(await keyBy(assume), 'ASIA2', 'renewed when STS answers again');
});

test('an answer without credentials is not quoted', async () => {
  const { credentials } = sts();
  const answer = { Credentials: { AccessKeyId: 'ASIA1', SecretAccessKey: 'very secret' } };
  const call = credentials(role, async () => answer);
  await assert.rejects(
    call,
    (error) => error instanceof Ec2Error && error.code === 'ClientOutput' && error.cause === undefined,
  );
});

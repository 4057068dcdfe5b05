/** The doctor on broken setups of AWS. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { createAuthority } from '../support/certificates.ts';
import { addressOf, idOf, machine, REGION } from '../support/fleet.ts';
import { temporaryDirectory } from '../support/operator.ts';
import { findTool } from '../support/tools.ts';
import { examined, expectFinding, of } from './examined.ts';

// The SDK reads the profile of this process, which must not matter.
process.env['AWS_CONFIG_FILE'] = '/nowhere';

const OTHER = '210987654321';
const role = `arn:aws:iam::${OTHER}:role/ec2-operator`;
const allowed = { tags: { 'ec2-operator': 'allowed' }, type: 'm5.large' };

test('a setup without faults', async () => {
  const { findings, sandbox } = await examined({
    machines: [machine(1, allowed), machine(2, { ...allowed, account: OTHER, private_ip: '10.9.0.2' })],
    accounts: { [OTHER]: { roles: ['ec2-operator'], external_ids: { 'ec2-operator': 'chosen' } } },
    config: {
      regions: [REGION],
      accounts: [{ name: 'other', role_arn: role, external_id: 'chosen', regions: [REGION] }],
    },
    names: { 'gpu-1': [addressOf(1)] },
    hosts: ['gpu-1', idOf(2)],
  });
  assert.deepEqual(of(findings, 'error'), []);
  assert.deepEqual(
    of(findings, 'warning').filter((text) => !text.startsWith('store:')),
    [],
  );
  expectFinding(findings, 'ok', 'credentials', /user\/sandbox of account 123456789012/);
  expectFinding(findings, 'ok', 'credentials', /assumed-role\/ec2-operator\/ec2-operator of account 210987654321/);
  expectFinding(findings, 'ok', 'permissions', /StopInstances is permitted for i-00000000000000001/);
  expectFinding(findings, 'ok', 'permissions', /StartInstances is permitted for i-00000000000000002/);
  expectFinding(findings, 'ok', 'host', /i-00000000000000001 \(eu-central-1a\) is running, found in own credentials/);
  const changes = sandbox.calls.filter(({ action, dryRun }) => /^(?:Start|Stop)Instances$/.test(action) && !dryRun);
  assert.deepEqual(changes, [], 'the doctor has changed something');
});

test('credentials of another account than the configuration states', async () => {
  const config = { aws: { account: OTHER } };
  const { findings } = await examined({ machines: [machine(1, allowed)], config });
  expectFinding(
    findings,
    'error',
    'credentials',
    /of account 123456789012, .* but aws\.account says account 210987654321/,
  );
});

test('says which machines are watched, or that none is', async () => {
  const types = { type: 'g5.xlarge', tags: { Name: 'gpu-1' } };
  const some = await examined({ machines: [machine(1, types), machine(2, { type: 'm5.large' })] });
  expectFinding(
    some.findings,
    'ok',
    'machines',
    /^1 machine of the types g\*, p\*, trn\*, inf\*, dl\* is watched, such as gpu-1 \(i-/,
  );
  const config = { guards: { require_tag: { key: 'ec2-operator', value: 'allowed' } } };
  const none = await examined({ machines: [machine(1, types)], config });
  expectFinding(
    none.findings,
    'info',
    'machines',
    /^no machine is watched: there is none with the tag "ec2-operator"="allowed"/,
  );
  const only = { machines: { only: { team: 'ml' } }, ...config };
  const closed = { name: 'closed', role_arn: role, regions: [REGION] };
  const failing = await examined({
    machines: [machine(1, { tags: { team: 'ml' } })],
    config: { ...only, regions: [REGION], accounts: [closed] },
  });
  assert.ok(!failing.findings.some(({ check }) => check === 'machines'), 'the error of the place is told already');
});

test('few calls are made in each place, however many machines there are', async () => {
  const machines = Array.from({ length: 300 }, (_, index) => machine(index + 1, allowed));
  const { sandbox } = await examined({ machines });
  assert.deepEqual(Object.fromEntries(sandbox.counts), {
    GetCallerIdentity: 2,
    DescribeInstances: 3,
    DescribeInstanceStatus: 1,
    DescribeVolumes: 1,
    StartInstances: 1,
    StopInstances: 1,
  });
});

test('missing permissions', async () => {
  const refused = { '123456789012': { unauthorized: ['StopInstances'] } };
  const { findings } = await examined({ machines: [machine(1)], accounts: refused });
  const { change } = expectFinding(findings, 'error', 'permissions', /ec2:StopInstances .* is denied/);
  assert.match(change ?? '', /policy\.json/);
  expectFinding(findings, 'ok', 'permissions', /StartInstances is permitted/);

  const blind = { '123456789012': { unauthorized: ['DescribeInstances'] } };
  const seen = await examined({ machines: [machine(1)], accounts: blind });
  assert.deepEqual(of(seen.findings, 'error'), [
    'permissions: ec2:DescribeInstances is denied (UnauthorizedOperation: You are not authorized to perform this operation.)',
  ]);
});

test('without the permission for status checks everything else works', async () => {
  const accounts = { '123456789012': { unauthorized: ['DescribeInstanceStatus'] } };
  const { findings } = await examined({ machines: [machine(1)], accounts });
  assert.deepEqual(of(findings, 'error'), []);
  const { change } = expectFinding(
    findings,
    'warning',
    'permissions',
    /ec2:DescribeInstanceStatus is denied .* is ready/,
  );
  assert.match(change ?? '', /policy\.json/);
});

test('without the permission for volumes it says what is not known, and that it is an option', async () => {
  const accounts = { '123456789012': { unauthorized: ['DescribeVolumes'] } };
  const { findings } = await examined({ machines: [machine(1)], accounts });
  assert.deepEqual(
    [of(findings, 'error'), of(findings, 'warning').filter((line) => line.includes('Volumes'))],
    [[], []],
  );
  const { change } = expectFinding(findings, 'info', 'permissions', /ec2:DescribeVolumes: Unauthorized.* is not known/);
  assert.match(change ?? '', /volumes-policy\.json/);
});

test('permissions are not tried on a machine that the guards refuse', async () => {
  const { findings } = await examined({ machines: [machine(1, { asg: 'workers' })] });
  assert.deepEqual(of(findings, 'error'), []);
  expectFinding(findings, 'info', 'permissions', /StopInstances could not be tried/);
});

test('machines with the tag are preferred: the policy denies the others', async () => {
  const { findings } = await examined({
    machines: [machine(1, { unauthorized: ['StartInstances', 'StopInstances'] }), machine(2, allowed)],
  });
  assert.deepEqual(of(findings, 'error'), []);
});

test('a role that does not exist, or another external id', async () => {
  const accounts = { [OTHER]: { roles: ['ec2-operator'], external_ids: { 'ec2-operator': 'chosen' } } };
  for (const account of [
    { role_arn: `arn:aws:iam::${OTHER}:role/unknown` },
    { role_arn: role, external_id: 'another' },
    { role_arn: role },
  ]) {
    const { findings } = await examined({
      machines: [machine(1)],
      accounts,
      config: { accounts: [{ name: 'other', regions: [REGION], ...account }] },
    });
    const { change, about } = expectFinding(findings, 'error', 'credentials', /AccessDenied: .*sts:AssumeRole/);
    assert.equal(about, `other in ${REGION}`);
    assert.match(change ?? '', /external_id/);
  }
});

test('no region, and the wrong one', async () => {
  const nowhere = await examined({
    machines: [machine(1)],
    environment: { AWS_REGION: '' },
  });
  expectFinding(nowhere.findings, 'error', 'credentials', /no AWS region is known/);

  const elsewhere = await examined({
    machines: [machine(1)],
    config: { regions: ['us-east-1'] },
    hosts: [addressOf(1)],
  });
  const { change } = expectFinding(elsewhere.findings, 'error', 'host', /no instance matches "10\.0\.0\.1"/);
  assert.match(change ?? '', /regions/);
});

test('clocks that are apart', async () => {
  const patient = { machines: [machine(1)] };
  const behind = await examined({ ...patient, clock: () => Date.now() + 120_000 });
  expectFinding(behind.findings, 'warning', 'clock', /the local clock is 1(?:19|20|21) s behind that of AWS/);
  const ahead = await examined({ ...patient, clock: () => Date.now() - 600_000 });
  expectFinding(ahead.findings, 'error', 'clock', /the local clock is (?:599|600|601) s ahead of that of AWS/);
  const together = await examined(patient);
  expectFinding(together.findings, 'ok', 'clock', /agree/);
});

test('the clock is read from refusals, too: a wrong clock gets nothing else', async () => {
  const { findings, sandbox } = await examined({
    machines: [machine(1)],
    clock: () => Date.now() + 600_000,
    fault: { kind: 'error', action: 'GetCallerIdentity', code: 'SignatureDoesNotMatch', message: 'no', status: 403 },
  });
  expectFinding(findings, 'error', 'credentials', /SignatureDoesNotMatch/);
  expectFinding(findings, 'error', 'clock', /behind that of AWS/);
  assert.deepEqual([...sandbox.counts], [['GetCallerIdentity', 1]], 'nothing more is asked with credentials that fail');
});

test('the aws command is checked only if it is used', async () => {
  const patient = { machines: [machine(1)], environment: { PATH: '/nowhere' } };
  const unused = await examined(patient);
  assert.deepEqual(
    unused.findings.filter(({ check }) => check === 'aws_command'),
    [],
  );
  const used = await examined({ ...patient, environment: { ...patient.environment, EC2_CLIENT: 'cli' } });
  expectFinding(used.findings, 'error', 'aws_command', /aws could not be started/);
});

const aws = findTool('aws', 'awscli');

test('the aws command that is installed', { skip: 'skip' in aws ? aws.skip : false }, async () => {
  const { PATH = '', HOME = '' } = process.env;
  const { findings } = await examined({ machines: [machine(1)], environment: { PATH, HOME, EC2_CLIENT: 'cli' } });
  expectFinding(findings, 'ok', 'aws_command', /it reaches EC2/);
  assert.deepEqual(of(findings, 'error'), []);
});

test('AUTH=none, a short token, a directory that cannot be written', async () => {
  const open = await examined({ machines: [], environment: { AUTH: 'none' } });
  expectFinding(open.findings, 'warning', 'access', /everyone who reaches the port/);
  const short = await examined({ machines: [], environment: { AUTH_TOKEN: 'secret' } });
  expectFinding(short.findings, 'warning', 'access', /6 characters/);
  const stuck = await examined({ machines: [], environment: { DATA_DIR: '/dev/null/data' } });
  expectFinding(stuck.findings, 'error', 'store', /cannot be written to/);
  const clear = await examined({ machines: [], environment: { HOST: '0.0.0.0' } });
  expectFinding(clear.findings, 'info', 'tls', /without TLS/);
});

test('a file that serve could not use is an error', async () => {
  await using stack = new AsyncDisposableStack();
  const directory = await temporaryDirectory(stack);
  const short = path.join(directory, 'short');
  const { cert, key } = await createAuthority(directory, 'server');
  await writeFile(short, 'secret');
  const { findings } = await examined({
    machines: [],
    environment: { AUTH_TOKEN: '', AUTH_TOKEN_FILE: short, TLS_CERT: cert, TLS_KEY: key, TLS_CLIENT_CA: short },
    config: { grafana_hmac: { secret_file: path.join(directory, 'missing') } },
  });
  expectFinding(findings, 'error', 'access', /auth_token_file: expected a secret of 16 characters or more/);
  expectFinding(findings, 'error', 'access', /grafana_hmac.secret_file: .*missing.*ENOENT/);
  expectFinding(findings, 'error', 'tls', /short to hold the certificates of authorities/);
});

test('without credentials, their source is asked', async () => {
  const keys = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
  const environment = { ...keys, AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:9/v1/credentials' };
  const { findings } = await examined({ machines: [machine(1)], environment });
  expectFinding(findings, 'error', 'credentials.agent', /cannot be reached \(ECONNREFUSED\)/);
});

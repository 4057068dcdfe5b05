import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startSandbox } from '../../src/sandbox/server.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { callSandbox, elements, filters } from './sandbox-wire.ts';
import type { WireAnswer, WireCaller } from './sandbox-wire.ts';

// The default fleet's machines.
const gpu1 = 'i-0a1b2c3d4e5f60001';
const gpu2 = 'i-0a1b2c3d4e5f60002';
const stopped = 'i-0a1b2c3d4e5f60003';
const protectedOne = 'i-0a1b2c3d4e5f60005';
const unknown = 'i-0fffffffffffffff0';

let sandbox: Sandbox;
before(async () => {
  sandbox = await startSandbox({ timings: { startMs: 1, stopMs: 1 } });
});
after(() => sandbox.close());

type Parameters = Readonly<Record<string, string | readonly string[]>>;

function call(action: string, parameters: Parameters = {}, caller: WireCaller = {}): Promise<WireAnswer> {
  return callSandbox(sandbox.url, action, parameters, caller);
}

function assertError(answer: WireAnswer, status: number, code: string, message?: string): void {
  assert.deepEqual([answer.status, ...elements(answer, 'Code')], [status, code]);
  if (message !== undefined) assert.deepEqual(elements(answer, 'Message'), [message]);
}

describe('the wire', () => {
  test('an error has the shape of EC2 and its request id', async () => {
    const { status, text } = await call('StopInstances', { InstanceId: ['gpu-1'] });
    assert.equal(status, 400);
    assert.match(
      text,
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<Response><Errors><Error><Code>InvalidInstanceID.Malformed<\/Code><Message>Invalid id: &quot;gpu-1&quot;<\/Message><\/Error><\/Errors><RequestID>[0-9a-f-]{36}<\/RequestID><\/Response>$/,
    );
  });

  test('GET with a query string is the same call', async () => {
    const answer = await call('DescribeInstances', { InstanceId: [gpu1] }, { method: 'GET' });
    assert.deepEqual(elements(answer, 'instanceId'), [gpu1]);
    assert.match(
      answer.text,
      /<DescribeInstancesResponse xmlns="http:\/\/ec2.amazonaws.com\/doc\/2016-11-15\/"><requestId>/,
    );
  });

  test('a signed URL names the caller as well', async () => {
    const signed = { 'X-Amz-Credential': 'AKIATEST/20261122/us-east-1/ec2/aws4_request', 'X-Amz-Signature': '0' };
    const answer = await call('DescribeInstances', { ...signed }, { method: 'GET', authorization: null });
    assert.deepEqual(new Set(elements(answer, 'availabilityZone')), new Set(['us-east-1a']));
  });

  test('other paths and methods are not EC2', async () => {
    assert.equal((await fetch(`${sandbox.url}/other`)).status, 404);
    assert.equal((await fetch(sandbox.url, { method: 'PUT' })).status, 405);
  });

  test('a body that is far too long is cut off', async () => {
    const body = 'x'.repeat(2_000_000);
    await assert.rejects(fetch(sandbox.url, { method: 'POST', body }));
  });

  test('actions, versions and parameters that EC2 does not know', async () => {
    assertError(
      await call('HaltInstances'),
      400,
      'InvalidAction',
      'The action HaltInstances is not valid for this web service.',
    );
    assertError(await call('AssumeRole'), 400, 'InvalidAction');
    assertError(await call('DescribeInstances', { Version: '2000-01-01' }), 400, 'NoSuchVersion');
    assertError(await call('StopInstances', { InstanceIds: [gpu1] }), 400, 'UnknownParameter');
    assertError(await call('DescribeInstances', { InstanceIds: [gpu1] }), 400, 'UnknownParameter');
    assertError(await call(''), 400, 'MissingParameter');
  });
});

describe('callers', () => {
  test('without credentials, and with a token nobody gave out', async () => {
    assertError(await call('DescribeInstances', {}, { authorization: null }), 403, 'MissingAuthenticationToken');
    assertError(await call('DescribeInstances', {}, { authorization: 'Bearer x' }), 403, 'MissingAuthenticationToken');
    assertError(await call('DescribeInstances', {}, { key: 'ASIAUNKNOWN', token: 'x' }), 401, 'AuthFailure');
    assertError(await call('DescribeInstances', {}, { service: 's3' }), 401, 'AuthFailure');
  });

  test('a machine of another region or account does not exist', async () => {
    const message = `The instance ID '${gpu1}' does not exist`;
    const parameters = { InstanceId: [gpu1] };
    const elsewhere = await call('StopInstances', parameters, { region: 'us-east-1' });
    assertError(elsewhere, 400, 'InvalidInstanceID.NotFound', message);
    const other = await call('DescribeInstances', parameters, { key: 'AKIASANDBOXRESEARCH0' });
    assertError(other, 400, 'InvalidInstanceID.NotFound', message);
  });

  test('GetCallerIdentity tells the account of the key', async () => {
    const sts = { service: 'sts', region: 'us-east-1' };
    const mine = await call('GetCallerIdentity', {}, sts);
    assert.match(mine.text, /<GetCallerIdentityResponse xmlns="https:\/\/sts.amazonaws.com\/doc\/2011-06-15\/">/);
    assert.deepEqual(elements(mine, 'Account'), ['123456789012']);
    const other = await call('GetCallerIdentity', {}, { ...sts, key: 'AKIASANDBOXRESEARCH0' });
    assert.deepEqual(elements(other, 'Account'), ['210987654321']);
  });
});

describe('AssumeRole', () => {
  const role = { RoleArn: 'arn:aws:iam::210987654321:role/ec2-operator', RoleSessionName: 'test' };

  test('gives keys to the account of the role, good until they expire and with their token only', async () => {
    let now = Date.now();
    await using timed = await startSandbox({ clock: () => now });
    const answer = await callSandbox(timed.url, 'AssumeRole', role, { service: 'sts' });
    assert.deepEqual(elements(answer, 'Expiration'), [new Date(now + 3_600_000).toISOString()]);
    const [key = ''] = elements(answer, 'AccessKeyId');
    const [token = ''] = elements(answer, 'SessionToken');
    assert.match(key, /^ASIA/);
    const caller = { key, token, region: 'us-east-1' };
    const seen = await callSandbox(timed.url, 'DescribeInstances', {}, caller);
    assert.deepEqual(elements(seen, 'instanceId'), ['i-0a1b2c3d4e5f6000a']);
    const arn = elements(await callSandbox(timed.url, 'GetCallerIdentity', {}, { ...caller, service: 'sts' }), 'Arn');
    assert.deepEqual(arn, ['arn:aws:sts::210987654321:assumed-role/ec2-operator/test']);
    assertError(await callSandbox(timed.url, 'DescribeInstances', {}, { ...caller, token: 'x' }), 401, 'AuthFailure');
    now += 3_600_000;
    assertError(await callSandbox(timed.url, 'DescribeInstances', {}, caller), 400, 'RequestExpired');
    assertError(
      await callSandbox(timed.url, 'GetCallerIdentity', {}, { ...caller, service: 'sts' }),
      403,
      'ExpiredToken',
    );
  });

  test('denies a role or account that the fleet does not have', async () => {
    for (const RoleArn of ['arn:aws:iam::210987654321:role/admin', 'arn:aws:iam::999999999999:role/ec2-operator']) {
      const answer = await call('AssumeRole', { ...role, RoleArn }, { service: 'sts' });
      const message = `User: arn:aws:iam::123456789012:user/sandbox is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`;
      assertError(answer, 403, 'AccessDenied', message);
      assert.match(answer.text, /^<\?xml[^>]*>\n<ErrorResponse xmlns="[^"]*"><Error><Type>Sender<\/Type>/);
    }
  });

  test('checks its parameters', async () => {
    for (const wrong of [{ RoleArn: 'x' }, { RoleSessionName: 'a b' }, { DurationSeconds: '10' }, { RoleArn: '' }]) {
      assertError(await call('AssumeRole', { ...role, ...wrong }, { service: 'sts' }), 400, 'ValidationError');
    }
  });
});

describe('DescribeInstances', () => {
  test('without ids and filters shows everything of the region, an empty filter list included', async () => {
    assert.equal(elements(await call('DescribeInstances'), 'instanceId').length, 6);
  });

  test('unknown ids fail the whole call, one or several by name', async () => {
    const one = await call('DescribeInstances', { InstanceId: [gpu1, unknown] });
    assertError(one, 400, 'InvalidInstanceID.NotFound', `The instance ID '${unknown}' does not exist`);
    const several = await call('DescribeInstances', { InstanceId: [unknown, gpu1, 'i-0ffffffe'] });
    assertError(several, 400, 'InvalidInstanceID.NotFound', `The instance IDs '${unknown}, i-0ffffffe' do not exist`);
  });

  test('the filter instance-id leaves out what does not exist', async () => {
    const answer = await call('DescribeInstances', filters(['instance-id', gpu1, unknown]));
    assert.deepEqual(elements(answer, 'instanceId'), [gpu1]);
  });

  test('ids and filters both count', async () => {
    const both = { InstanceId: [gpu1, stopped], ...filters(['instance-state-name', 'stopped']) };
    assert.deepEqual(elements(await call('DescribeInstances', both), 'instanceId'), [stopped]);
  });

  test('pages by five and more', async () => {
    const first = await call('DescribeInstances', { MaxResults: '5' });
    assert.equal(elements(first, 'instanceId').length, 5);
    const [token = ''] = elements(first, 'nextToken');
    const second = await call('DescribeInstances', { MaxResults: '5', NextToken: token });
    assert.equal(elements(second, 'instanceId').length, 1);
    assert.deepEqual(elements(second, 'nextToken'), []);
    assert.equal(new Set([first, second].flatMap((page) => elements(page, 'instanceId'))).size, 6);
    assertError(await call('DescribeInstances', { NextToken: 'x' }), 400, 'InvalidNextToken');
  });

  test('limits: page size, page size with ids, ids, filter values', async () => {
    assertError(await call('DescribeInstances', { MaxResults: '4' }), 400, 'InvalidParameterValue');
    assertError(await call('DescribeInstances', { MaxResults: '1001' }), 400, 'InvalidParameterValue');
    const both = await call('DescribeInstances', { MaxResults: '5', InstanceId: [gpu1] });
    const message = 'The parameter instancesSet cannot be used with the parameter maxResults';
    assertError(both, 400, 'InvalidParameterCombination', message);
    const ids = (count: number) => Array.from({ length: count }, () => gpu1);
    assert.equal((await call('DescribeInstances', { InstanceId: ids(1000) })).status, 200);
    assertError(await call('DescribeInstances', { InstanceId: ids(1001) }), 400, 'InvalidParameterValue');
    const values = Array.from({ length: 201 }, (_, index) => `10.0.0.${index}`);
    const many = filters(['private-ip-address', ...values]);
    assertError(await call('DescribeInstances', many), 400, 'FilterLimitExceeded');
  });
});

describe('changes', () => {
  test('one bad machine fails the batch and nothing changes', async () => {
    for (const [bad, code] of [
      [unknown, 'InvalidInstanceID.NotFound'],
      ['i-1', 'InvalidInstanceID.Malformed'],
      [protectedOne, 'OperationNotPermitted'],
    ] as const) {
      assertError(await call('StopInstances', { InstanceId: [gpu1, gpu2, bad] }), 400, code);
      assert.deepEqual([sandbox.instance(gpu1).state, sandbox.instance(gpu2).state], ['running', 'running']);
    }
  });

  test('a call without ids is an error', async () => {
    for (const action of ['StartInstances', 'StopInstances', 'RebootInstances']) {
      assertError(await call(action), 400, 'MissingParameter', 'The request must contain the parameter InstanceId');
    }
  });

  test('stop and start answer with both states, in the order asked for and each machine once', async () => {
    const stop = await call('StopInstances', { InstanceId: [stopped, gpu2, gpu2] });
    assert.deepEqual(elements(stop, 'instanceId'), [stopped, gpu2]);
    assert.deepEqual(elements(stop, 'name'), ['stopped', 'stopped', 'stopping', 'running']);
    assert.deepEqual(elements(stop, 'code'), ['80', '80', '64', '16']);
    await sandbox.until(() => sandbox.instance(gpu2).state === 'stopped');
    const start = await call('StartInstances', { InstanceId: [gpu2] });
    assert.deepEqual(elements(start, 'name'), ['pending', 'stopped']);
    await sandbox.until(() => sandbox.instance(gpu2).state === 'running');
    const again = await call('StartInstances', { InstanceId: [gpu2] });
    assert.deepEqual(elements(again, 'name'), ['running', 'running']);
  });

  test('reboot answers true', async () => {
    const answer = await call('RebootInstances', { InstanceId: [gpu1] });
    assert.deepEqual([answer.status, ...elements(answer, 'return')], [200, 'true']);
  });

  test('a dry run checks ids and permission, not the state, and changes nothing', async () => {
    const dry = { DryRun: 'true' };
    const message = 'Request would have succeeded, but DryRun flag is set.';
    assertError(await call('StopInstances', { InstanceId: [gpu1], ...dry }), 412, 'DryRunOperation', message);
    assertError(await call('StopInstances', { InstanceId: [protectedOne], ...dry }), 412, 'DryRunOperation');
    assertError(await call('DescribeInstances', dry), 412, 'DryRunOperation');
    assertError(await call('StopInstances', { InstanceId: [unknown], ...dry }), 400, 'InvalidInstanceID.NotFound');
    assert.equal(sandbox.instance(gpu1).state, 'running');
    assert.equal(sandbox.calls.at(-1)?.dryRun, true);
  });
});

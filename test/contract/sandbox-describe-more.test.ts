/** What the sandbox answers about what belongs to a machine, on the wire. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { fleetOf, idOf, machine } from '../support/fleet.ts';
import { callSandbox, elements, filters, type WireAnswer } from './sandbox-wire.ts';

const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555';
const ROLE = 'arn:aws:iam::210987654321:role/ec2-operator';

let sandbox: Sandbox;
before(async () => {
  const machines = [
    machine(1, { protected: true, kms_key: KEY }),
    machine(2, { spot: 'one-time' }),
    machine(3, { spot: 'persistent', root: 'ebs' }),
    machine(4, { root: 'instance-store' }),
  ];
  const accounts = {
    '210987654321': { roles: ['ec2-operator', 'open'], external_ids: { 'ec2-operator': 'chosen' } },
    '333333333333': { keys: ['AKIADENIED'], unauthorized: ['DescribeVolumes'] },
  };
  sandbox = await startSandbox({ fleet: fleetOf(machines, accounts), clock: () => Date.UTC(2030, 0, 1) });
});
after(() => sandbox.close());

type Parameters = Readonly<Record<string, string | readonly string[]>>;

async function call(action: string, parameters: Parameters = {}): Promise<WireAnswer> {
  return callSandbox(sandbox.url, action, parameters);
}

describe('DescribeInstanceAttribute', () => {
  const attribute = async (id: string, name = 'disableApiStop'): Promise<WireAnswer> =>
    call('DescribeInstanceAttribute', { InstanceId: id, Attribute: name });

  test('stop protection', async () => {
    assert.deepEqual(elements(await attribute(idOf(1)), 'value'), ['true']);
    assert.match((await attribute(idOf(2))).text, /<disableApiStop><value>false<\/value><\/disableApiStop>/);
  });

  test('what is missing or unknown', async () => {
    assert.deepEqual(elements(await call('DescribeInstanceAttribute', { Attribute: 'x' }), 'Code'), [
      'MissingParameter',
    ]);
    assert.deepEqual(elements(await attribute(idOf(9)), 'Code'), ['InvalidInstanceID.NotFound']);
    assert.deepEqual(elements(await attribute(idOf(1), 'userData'), 'Code'), ['InvalidParameterValue']);
  });
});

describe('DescribeVolumes', () => {
  test('the volumes of a machine, and the key of an encrypted one', async () => {
    const answer = await call('DescribeVolumes', filters(['attachment.instance-id', idOf(1)]));
    assert.deepEqual(elements(answer, 'encrypted'), ['true']);
    assert.deepEqual(elements(answer, 'kmsKeyId'), [KEY]);
    assert.deepEqual(elements(answer, 'device'), ['/dev/xvda']);
    const plain = await call('DescribeVolumes', filters(['attachment.instance-id', idOf(2)]));
    assert.deepEqual([elements(plain, 'encrypted'), elements(plain, 'kmsKeyId')], [['false'], []]);
  });

  test('an instance store has none; a filter that EC2 does not know is refused', async () => {
    const none = await call('DescribeVolumes', filters(['attachment.instance-id', idOf(4)]));
    assert.deepEqual([none.status, elements(none, 'volumeId')], [200, []]);
    assert.deepEqual(elements(await call('DescribeVolumes', filters(['colour', 'red'])), 'Code'), [
      'InvalidParameterValue',
    ]);
  });

  test('permission is asked before a dry run is', async () => {
    assert.deepEqual(elements(await call('DescribeVolumes', { DryRun: 'true' }), 'Code'), ['DryRunOperation']);
    const denied = await callSandbox(sandbox.url, 'DescribeVolumes', { DryRun: 'true' }, { key: 'AKIADENIED' });
    assert.deepEqual([denied.status, ...elements(denied, 'Code')], [403, 'UnauthorizedOperation']);
  });
});

test('DescribeSpotInstanceRequests', async () => {
  const of = async (id: string): Promise<readonly string[]> => {
    const answer = await call('DescribeSpotInstanceRequests', filters(['instance-id', id]));
    return [...elements(answer, 'type'), ...elements(answer, 'instanceInterruptionBehavior')];
  };
  assert.deepEqual(await of(idOf(1)), []);
  assert.deepEqual(await of(idOf(2)), ['one-time', 'terminate']);
  assert.deepEqual(await of(idOf(3)), ['persistent', 'stop']);
});

test('AssumeRole asks for the external id where the role has one', async () => {
  const assume = async (more: Parameters, role = ROLE): Promise<readonly string[]> => {
    const input = { RoleArn: role, RoleSessionName: 'session', ...more };
    return elements(await callSandbox(sandbox.url, 'AssumeRole', input, { service: 'sts' }), 'Code');
  };
  assert.deepEqual(await assume({ ExternalId: 'chosen' }), []);
  assert.deepEqual(await assume({ ExternalId: 'another' }), ['AccessDenied']);
  assert.deepEqual(await assume({}), ['AccessDenied']);
  assert.deepEqual(await assume({}, ROLE.replace('ec2-operator', 'open')), []);
});

test("an answer's Date is of the sandbox's clock", async () => {
  const answer = await fetch(sandbox.url, { method: 'POST' });
  assert.equal(answer.headers.get('date'), 'Tue, 01 Jan 2030 00:00:00 GMT');
});

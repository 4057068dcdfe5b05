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

describe('DescribeInstanceStatus', () => {
  const status = async (parameters: Parameters = {}): Promise<WireAnswer> => call('DescribeInstanceStatus', parameters);
  const of = async (number: number): Promise<readonly string[]> =>
    elements(await status({ InstanceId: [idOf(number)], IncludeAllInstances: 'true' }), 'status');

  test('the checks of a machine begin when it runs, and pass after a while', async () => {
    await using young = await startSandbox({
      fleet: fleetOf([machine(1, { launched: '1s ago' }), machine(2)]),
      timings: { checksMs: 60_000 },
    });
    const answer = await callSandbox(young.url, 'DescribeInstanceStatus');
    assert.deepEqual(elements(answer, 'instanceId'), [idOf(1), idOf(2)]);
    const expected = ['initializing', 'initializing', 'ok', 'passed'].flatMap((word) => [word, word, word]);
    assert.deepEqual(elements(answer, 'status').toSorted(), expected.toSorted());
  });

  test('only machines that run are shown, unless all are asked for', async () => {
    sandbox.set(idOf(4), { state: 'stopped' });
    assert.deepEqual(elements(await status({ InstanceId: [idOf(4)] }), 'instanceId'), []);
    assert.deepEqual(await of(4), ['not-applicable', 'not-applicable', 'not-applicable']);
    sandbox.set(idOf(4), { state: 'running' });
  });

  test('a machine or a fault can set what they come to', async () => {
    sandbox.set(idOf(1), { checks: 'impaired' });
    assert.deepEqual(await of(1), ['ok', 'passed', 'impaired', 'failed', 'ok', 'passed']);
    sandbox.faults.add({ kind: 'checks', instance: idOf(2), status: 'insufficient-data' });
    assert.deepEqual(new Set(await of(2)), new Set(['insufficient-data']));
    sandbox.faults.clear();
  });

  test('pages, filters and what EC2 refuses', async () => {
    const code = async (parameters: Parameters): Promise<readonly string[]> =>
      elements(await status(parameters), 'Code');
    const filtered = await status(filters(['instance-status.status', 'impaired']));
    assert.deepEqual(elements(filtered, 'instanceId'), [idOf(1)]);
    assert.deepEqual(elements(await status({ MaxResults: '5' }), 'nextToken'), []);
    assert.deepEqual(await code({ MaxResults: '4' }), ['InvalidParameterValue']);
    assert.deepEqual(await code({ MaxResults: '5', InstanceId: [idOf(1)] }), ['InvalidParameterCombination']);
    assert.deepEqual(await code({ InstanceId: Array.from({ length: 101 }, (_, index) => idOf(index + 1)) }), [
      'InvalidParameterValue',
    ]);
    assert.deepEqual(await code({ InstanceId: [idOf(1), idOf(99)] }), ['InvalidInstanceID.NotFound']);
    assert.deepEqual(await code({ ...filters(['colour', 'red']) }), ['InvalidParameterValue']);
    assert.deepEqual(await code({ Colour: 'red' }), ['UnknownParameter']);
    assert.deepEqual(await code({ DryRun: 'true' }), ['DryRunOperation']);
  });

  test('many are shown in pages', async () => {
    await using many = await startSandbox({
      fleet: fleetOf(Array.from({ length: 7 }, (_, index) => machine(index + 1))),
    });
    const first = await callSandbox(many.url, 'DescribeInstanceStatus', { MaxResults: '5' });
    const [NextToken = ''] = elements(first, 'nextToken');
    const second = await callSandbox(many.url, 'DescribeInstanceStatus', { MaxResults: '5', NextToken });
    assert.deepEqual(
      [first, second].map((page) => elements(page, 'instanceId').length),
      [5, 2],
    );
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

/** A target becomes exactly one instance, or nothing is done. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alert } from '../support/alerts.ts';
import { idOf, machine } from '../support/fleet.ts';
import { problemIn, startOperator, type Operator, type OperatorOptions } from '../support/operator.ts';

const RESEARCH = '210987654321';

const FLEET: OperatorOptions = {
  machines: [
    machine(1, {
      public_ip: '198.51.100.1',
      secondary_ips: ['10.0.5.1'],
      ipv6: ['2001:db8::1'],
      interfaces: [{ private_ip: '10.0.6.1', ipv6: ['2001:db8:6::1'] }],
    }),
    machine(2, { private_ip: '10.9.9.9' }),
    machine(3, { private_ip: '10.9.9.9', region: 'us-east-1' }),
    machine(4, { state: 'terminated' }),
    machine(5, { private_ip: '10.0.0.4', vpc: 'vpc-0bbb' }),
    machine(6, { private_ip: '10.9.9.6', region: 'us-east-1' }),
    machine(7, { private_ip: '10.20.0.7', region: 'us-east-1', account: RESEARCH }),
    machine(8, { private_ip: '10.9.9.6', region: 'us-east-1', account: RESEARCH }),
  ],
  accounts: { [RESEARCH]: { roles: ['ec2-operator'] } },
  names: {
    'gpu-1.example.internal': ['10.0.0.1'],
    both: ['10.0.0.1', '2001:db8::1'],
    stray: ['10.0.0.1', '10.77.7.7'],
    two: ['10.0.0.1', '10.0.0.4'],
    nothing: [],
    'link-local': ['169.254.169.254'],
    loop: ['127.0.0.1'],
    public: ['198.51.100.1'],
    // Whatever DNS says, the configuration's own names come first.
    mapped: ['10.9.9.9'],
    'ip-10-0-0-1.somebody-else.compute.internal': ['10.0.0.4'],
  },
  config: `
regions: [eu-central-1, us-east-1]
accounts:
  - { name: research, role_arn: 'arn:aws:iam::${RESEARCH}:role/ec2-operator', regions: [us-east-1] }
hosts: { mapped: 10.0.0.1, alias: gpu-1.example.internal, by-id: ${idOf(1)} }
`,
};
const OPTED_IN = `${FLEET.config ?? ''}addresses: { public: true, secondary: true }\n`;

async function resolveIn(operator: Operator, target: string, more = ''): Promise<readonly [number, string, string]> {
  const path = `/operateHostname?hostname=${encodeURIComponent(target)}&action=stop${more}`;
  const { status, operation } = await operator.ask(path);
  return [status, operation.instance?.id ?? operation.reason ?? operation.state, operation.message ?? ''];
}

describe('one instance', { concurrency: true }, () => {
  const names = [
    ['an address', '10.0.0.1'],
    ['an address with a port', '10.0.0.1:9835'],
    ['white space around it', ' 10.0.0.1 '],
    ['an IPv6 address', '2001:db8::1'],
    ['an IPv6 address in full', '2001:0DB8:0:0:0:0:0:1'],
    ['an IPv6 address with a port', '[2001:db8::1]:9400'],
    ['a DNS name', 'gpu-1.example.internal'],
    ['a DNS name with a port, a final dot and capitals', 'GPU-1.example.internal.:9835'],
    ['a DNS name with both families', 'both'],
    ["EC2's name of an address, unknown to DNS", 'ip-10-0-0-1'],
    ["EC2's name of an address under its region", 'ip-10-0-0-1.eu-central-1.compute.internal'],
    ["EC2's resource name", `${idOf(1)}.eu-central-1.compute.internal`],
    ['an instance id', idOf(1)],
    ['a name of the configuration', 'mapped'],
    ['a name of the configuration with a port and capitals', 'MAPPED:9835'],
    ['a name of the configuration for another name', 'alias'],
    ['a name of the configuration for an instance id', 'by-id'],
  ] as const;
  for (const [what, name] of names) {
    test(what, async () => {
      await using operator = await startOperator(FLEET);
      assert.deepEqual((await resolveIn(operator, name)).slice(0, 2), [200, idOf(1)]);
    });
  }

  test('a terminated machine with the same address does not count', async () => {
    await using operator = await startOperator(FLEET);
    assert.equal((await resolveIn(operator, '10.0.0.4'))[1], idOf(5));
  });

  test('region and account make an ambiguous address unique', async () => {
    await using operator = await startOperator(FLEET);
    assert.equal((await resolveIn(operator, '10.9.9.9', '&region=us-east-1'))[1], idOf(3));
    assert.equal((await resolveIn(operator, '10.9.9.9', '&region=eu-central-1'))[1], idOf(2));
    assert.equal((await resolveIn(operator, '10.9.9.6', '&account=research'))[1], idOf(8));
    assert.equal((await resolveIn(operator, '10.9.9.6', `&account=${RESEARCH}&region=us-east-1`))[1], idOf(8));
  });

  test('a machine of another account is stopped there', async () => {
    await using operator = await startOperator(FLEET);
    const { operation } = await operator.ask('/operateHostname?hostname=10.20.0.7&action=stop&dryrun=false');
    assert.deepEqual(operation.instance, { id: idOf(7), region: 'us-east-1', account: 'research' });
    assert.equal((await operator.end(operation.id)).state, 'succeeded');
    assert.equal(operator.sandbox.instance(idOf(7)).state, 'stopped');
  });

  test('other addresses when they are opted in', async () => {
    await using operator = await startOperator({ ...FLEET, config: OPTED_IN });
    for (const name of ['198.51.100.1', '10.0.5.1', '10.0.6.1', '2001:db8:6::1', 'public'])
      assert.equal((await resolveIn(operator, name))[1], idOf(1), name);
  });

  test("without regions it is the AWS client's own", async () => {
    await using operator = await startOperator({ machines: [machine(1)], names: {} });
    assert.equal((await resolveIn(operator, '10.0.0.1'))[1], idOf(1));
    await using elsewhere = await startOperator({
      machines: [machine(1)],
      environment: { AWS_REGION: '', AWS_DEFAULT_REGION: 'us-east-1' },
    });
    assert.equal((await resolveIn(elsewhere, '10.0.0.1'))[1], 'not_found');
    assert.equal((await resolveIn(elsewhere, '10.0.0.1', '&region=eu-central-1'))[1], idOf(1));
  });
});

test('one word of DNS that there is no such name is not final', async () => {
  const names: Record<string, readonly string[]> = {};
  await using operator = await startOperator({ ...FLEET, names });
  const [receipt] = await operator.post('/operateHostname', [alert({ hostname: 'gpu-1.example.internal' })]);
  await operator.waiting(receipt?.operation, 'name_unknown');
  names['gpu-1.example.internal'] = ['10.0.0.1'];
  const joined = await operator.ask(
    '/operateHostname?hostname=gpu-1.example.internal&action=stop&client=native&dryrun=false',
  );
  assert.equal(joined.operation.id, receipt?.operation, 'a person who asks for the same makes it due at once');
  assert.deepEqual((await operator.end(receipt?.operation)).instance?.id, idOf(1));
});

test('the second is: for an alert, no machine has the name', async () => {
  let ahead = 0;
  await using operator = await startOperator({ ...FLEET, names: {}, clock: () => Date.now() + ahead });
  const [receipt] = await operator.post('/operateHostname', [alert({ hostname: 'gpu-1.example.internal' })]);
  await operator.waiting(receipt?.operation, 'name_unknown');
  ahead = 60_000;
  // What comes in makes the worker look at what is due.
  await operator.post('/operateHostname', [alert({ hostname: '10.0.0.99' })]);
  const end = await operator.end(receipt?.operation);
  assert.deepEqual([end.state, end.reason], ['refused', 'not_found']);
  assert.match(end.message ?? '', /the resolver knows no address of "gpu-1\.example\.internal"$/);
});

describe('no instance', { concurrency: true }, () => {
  const refusals = [
    ['an address that is free', '10.0.0.99', '', 404, 'not_found', /no instance matches "10\.0\.0\.99"/],
    ['an id that does not exist', 'i-0ffffffffffffffff', '', 404, 'not_found', /no instance matches/],
    ['a terminated machine by its id', idOf(4), '', 404, 'not_found', /is terminated/],
    ['a name that DNS does not know', 'unheard-of', '', 404, 'not_found', /the resolver knows no address/],
    ['a name without addresses', 'nothing', '', 404, 'not_found', /the resolver knows no address/],
    ['a public address', '198.51.100.1', '', 404, 'not_found', /./],
    ['a secondary address', '10.0.5.1', '', 404, 'not_found', /./],
    ["another interface's address", '10.0.6.1', '', 404, 'not_found', /./],
    ["another interface's IPv6 address", '2001:db8:6::1', '', 404, 'not_found', /./],
    ['two machines in two regions', '10.9.9.9', '', 409, 'ambiguous', new RegExp(`${idOf(2)}.*${idOf(3)}`)],
    ['two machines in two accounts', '10.9.9.6', '&region=us-east-1', 409, 'ambiguous', /, account research\)/],
    ['a name with two machines', 'two', '', 409, 'ambiguous', new RegExp(`${idOf(1)}.*${idOf(5)}`)],
    ['a name with an address elsewhere', 'stray', '', 409, 'ambiguous', /also to 10\.77\.7\.7/],
    ['a name that leads to this machine', 'loop', '', 409, 'unusable_address', /127\.0\.0\.1.*loopback/],
    ['a name that leads to link-local', 'link-local', '', 409, 'unusable_address', /linkLocal/],
    ["EC2's name in another region", `${idOf(1)}.us-east-1.compute.internal`, '', 404, 'not_found', /./],
    [
      'a region that the name contradicts',
      'ip-10-0-0-1.ec2.internal',
      '&region=eu-central-1',
      409,
      'unknown_place',
      /./,
    ],
    ['a region that is not configured', '10.0.0.1', '&region=ap-south-1', 409, 'unknown_place', /ap-south-1/],
    ['an account that is not configured', '10.0.0.1', '&account=nobody', 409, 'unknown_place', /nobody/],
    [
      "somebody else's name in EC2's form",
      'ip-10-0-0-1.somebody-else.compute.internal',
      '&region=us-east-1',
      404,
      'not_found',
      /./,
    ],
  ] as const;
  for (const [what, name, more, status, reason, message] of refusals) {
    test(what, async () => {
      await using operator = await startOperator(FLEET);
      const answer = await resolveIn(operator, name, `${more}&dryrun=false`);
      assert.deepEqual(answer.slice(0, 2), [status, reason], answer[2]);
      assert.match(answer[2], message);
      assert.deepEqual(operator.changes(), []);
    });
  }

  test("localhost, by the system's resolver", async () => {
    await using operator = await startOperator();
    const [status, reason] = await resolveIn(operator, 'localhost', '&dryrun=false');
    assert.deepEqual([status, reason], [409, 'unusable_address']);
    assert.equal(operator.sandbox.calls.length, 0);
  });

  test('what is not a host name never reaches AWS', async () => {
    await using operator = await startOperator(FLEET);
    const texts = [
      '*',
      '10.0.0.*',
      '10.0.0.?',
      '10.1',
      '0x0a000001',
      '167772161',
      '10.0.0.01',
      '127.0.0.1',
      '::1',
      '0.0.0.0',
    ];
    const more = [
      '224.0.0.1',
      '::ffff:10.0.0.1',
      'fe80::1',
      'file:///etc/passwd',
      'http://10.0.0.1',
      '10.0.0.1:99999999',
      '10.0.0.0/24',
      '??????',
      'gpu\u001b[2J',
      'gpu\u202e1',
      'g'.repeat(256),
    ];
    for (const text of [...texts, ...more]) {
      const path = `/operateHostname?hostname=${encodeURIComponent(text)}&action=stop&dryrun=false`;
      problemIn(await operator.request(path), 400);
    }
    for (const id of [
      '*',
      'i-*',
      'i-0000000000000000G',
      'I-00000001',
      '10.0.0.1',
      ` ${idOf(1)}`,
      `${idOf(1)},${idOf(2)}`,
    ])
      problemIn(await operator.request(`/operateInstance?instance=${encodeURIComponent(id)}&action=stop`), 400);
    assert.equal(operator.sandbox.calls.length, 0);
  });
});

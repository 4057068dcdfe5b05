/** People name machines as the console shows them: by the tag `Name`, whatever text it is. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alert } from '../support/alerts.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { problemIn, startOperator, type Operator, type OperatorOptions } from '../support/operator.ts';
import { findTool } from '../support/tools.ts';

async function resolveIn(operator: Operator, target: string, more = ''): Promise<readonly [number, string, string]> {
  const path = `/operateHostname?hostname=${encodeURIComponent(target)}&action=stop${more}`;
  const { status, operation } = await operator.ask(path);
  return [status, operation.instance?.id ?? operation.reason ?? operation.state, operation.message ?? ''];
}

describe("a name that is EC2's tag Name", { concurrency: true }, () => {
  const TAGGED: OperatorOptions = {
    machines: [
      machine(1, { name: 'Anna-1' }),
      machine(2, { name: 'shared', region: 'us-east-1' }),
      machine(3, { name: 'shared', state: 'stopped' }),
      machine(4, { name: 'gone', state: 'terminated' }),
      machine(5, { name: 'gone' }),
      machine(6, { name: 'both.example' }),
      machine(7, { name: 'crossed.example' }),
      machine(8, { name: 'Anna-10' }),
      machine(9, { name: 'GPU box 9' }),
      machine(10, { name: 'twin', vpc: 'vpc-0000000a' }),
      machine(11, { name: 'twin', vpc: 'vpc-0000000b' }),
    ],
    names: { 'both.example': ['10.0.0.6'], 'crossed.example': ['10.0.0.1'], 'stray.example': ['10.77.7.7'] },
    config: 'regions: [eu-central-1, us-east-1]\nhosts: { mapped: 10.0.0.5 }\n',
    environment: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
  };
  const AWS = findTool('aws', 'awscli');

  for (const client of ['native', 'cli'] as const) {
    const skip = client === 'cli' && 'skip' in AWS && AWS.skip;
    test(`is the machine to a person, by the client ${client}`, { skip }, async () => {
      await using operator = await startOperator(TAGGED);
      const asked = async (name: string) => resolveIn(operator, name, `&client=${client}&wait=60s`);
      assert.equal((await asked('Anna-1'))[1], idOf(1));
      const [status, reason, message] = await asked('shared');
      assert.deepEqual([status, reason], [409, 'ambiguous']);
      assert.match(
        message,
        new RegExp(`${idOf(3)}.*eu-central-1a. in state stopped.*${idOf(2)}|${idOf(2)}.*us-east-1a. in state running`),
      );
      // Each question is two processes of the `aws` command, and what follows does not depend on the client.
      if (client === 'cli') return;
      assert.equal((await asked('gone'))[1], idOf(5), 'one that is terminated does not count');
      assert.equal((await asked('both.example'))[1], idOf(6), 'DNS says the same');
      const crossed = await asked('crossed.example');
      assert.deepEqual(crossed.slice(0, 2), [409, 'ambiguous']);
      assert.match(crossed[2], /leads to .* by its address, but the tag Name belongs to another machine/);
      assert.equal((await asked('anna-1'))[1], 'not_found', 'capitals count');
    });
  }

  for (const client of ['native', 'cli'] as const) {
    const skip = client === 'cli' && 'skip' in AWS && AWS.skip;
    test(`may be any text, and is no pattern, by the client ${client}`, { skip }, async () => {
      const NAMES = [
        'GPU box 1',
        'K\u00fcche "7", \\d',
        'gpu*?',
        'file:team:gpu',
        '--endpoint-url=127.0.0.1',
        'gpu-v1.5',
      ];
      const machines = NAMES.map((name, index) => machine(index + 1, { name }));
      await using operator = await startOperator({
        ...TAGGED,
        machines: [
          ...machines,
          machine(8, { name: 'gpu-12' }),
          machine(9, { name: 'two words' }),
          machine(10, { name: 'two words' }),
        ],
        config: '',
        names: {},
      });
      const asked = async (name: string) => resolveIn(operator, name, `&client=${client}&wait=60s`);
      const names = client === 'cli' ? NAMES.slice(1, 3) : NAMES;
      for (const name of names) assert.equal((await asked(name))[1], idOf(NAMES.indexOf(name) + 1), name);
      if (client === 'cli') return;
      const none = await asked('gpu?1*');
      assert.deepEqual(none.slice(0, 2), [404, 'not_found']);
      assert.match(none[2], /^no instance matches "gpu\?1\*", by the tag Name in exactly these letters$/);
      const [status, reason, message] = await asked('two words');
      assert.deepEqual([status, reason], [409, 'ambiguous']);
      assert.match(message, new RegExp(`${idOf(9)}.*${idOf(10)}`));
      const [receipt] = await operator
        .post('/operateHostname', [alert({ hostname: '10.0.0.9' }), alert({ hostname: 'GPU box 1' })])
        .then((all) => all.slice(1));
      assert.deepEqual([receipt?.outcome, receipt?.reason], ['invalid', 'invalid_target']);
    });
  }

  test('with what looks like a port is one machine alone', async () => {
    await using operator = await startOperator({
      ...TAGGED,
      machines: [machine(1, { name: 'gpu:1' }), machine(2, { name: 'gpu' }), machine(3, { name: 'cpu:2' })],
    });
    assert.deepEqual((await resolveIn(operator, 'gpu:1')).slice(0, 2), [409, 'ambiguous']);
    assert.equal((await resolveIn(operator, 'cpu:2'))[1], idOf(3));
    assert.equal((await resolveIn(operator, 'gpu'))[1], idOf(2));
  });

  test('and reads like the address of another is ambiguous: images and templates copy tags', async () => {
    await using operator = await startOperator({
      machines: [machine(1), machine(2, { name: 'ip-10-0-0-1' }), machine(3, { name: '10.0.0.4' }), machine(4)],
      names: {},
    });
    for (const name of ['ip-10-0-0-1', '10.0.0.4']) {
      const [status, reason, message] = await resolveIn(operator, name, '&dryrun=false');
      assert.deepEqual([status, reason], [409, 'ambiguous']);
      assert.match(message, /leads to .* by its address, but the tag Name belongs to another machine: /);
    }
    assert.equal((await resolveIn(operator, '10.0.0.2'))[1], idOf(2));
    // The console's names mean nothing to alerts.
    const [receipt] = await operator.post('/operateHostname', [alert({ hostname: 'ip-10-0-0-1' })]);
    assert.equal((await operator.end(receipt?.operation)).instance?.id, idOf(1));
    assert.deepEqual(operator.changes().length, 1);
  });

  test('is narrowed to a VPC', async () => {
    await using operator = await startOperator({
      machines: [
        machine(1, { name: 'GPU box', vpc: 'vpc-0aaaaaaa' }),
        machine(2, { name: 'GPU box', vpc: 'vpc-0bbbbbbb' }),
      ],
      names: {},
    });
    assert.equal((await resolveIn(operator, 'GPU box'))[1], 'ambiguous');
    assert.equal((await resolveIn(operator, 'GPU box', '&vpc=vpc-0bbbbbbb'))[1], idOf(2));
    assert.equal((await resolveIn(operator, addressOf(1), '&vpc=vpc-0bbbbbbb'))[1], 'not_found');
    problemIn(await operator.request('/operateHostname?hostname=gpu&action=stop&vpc=mine'), 400);
  });

  test('is none to an alert, unless that is configured', async () => {
    await using operator = await startOperator({
      ...TAGGED,
      config: `${TAGGED.config ?? ''}names: { from_tags: true }\n`,
    });
    const [one, two, three] = await operator.post('/operateHostname', [
      alert({ hostname: 'Anna-1:9100' }),
      alert({ hostname: 'shared' }),
      alert({ hostname: 'GPU box 9' }),
    ]);
    assert.equal((await operator.end(three?.operation)).instance?.id, idOf(9));
    assert.equal((await operator.end(one?.operation)).instance?.id, idOf(1));
    assert.equal((await operator.end(two?.operation)).reason, 'ambiguous');
    await using strict = await startOperator(TAGGED);
    const [receipt] = await strict.post('/operateHostname', [alert({ hostname: 'Anna-1' })]);
    await strict.waiting(receipt?.operation, 'name_unknown');
  });

  test('is looked for in the VPC of the alert, and of the configuration', async () => {
    const { config = '' } = TAGGED;
    await using operator = await startOperator({ ...TAGGED, config: `${config}names: { from_tags: true }\n` });
    const [any, one] = await operator.post('/operateHostname', [
      alert({ hostname: 'twin' }),
      alert({ hostname: 'twin', vpc: 'vpc-0000000b' }),
    ]);
    assert.equal((await operator.end(any?.operation)).reason, 'ambiguous');
    assert.equal((await operator.end(one?.operation)).instance?.id, idOf(11));
    await using narrowed = await startOperator({ ...TAGGED, config: `${config}vpc: vpc-0000000a\n` });
    assert.equal((await resolveIn(narrowed, 'twin'))[1], idOf(10));
    assert.deepEqual((await resolveIn(narrowed, 'Anna-1')).slice(0, 2), [404, 'not_found'], 'it is in another');
  });
});

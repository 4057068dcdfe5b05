/** EC2's tag Name: a name to people, and to alerts where that is configured. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alert } from '../support/alerts.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startOperator, type Operator, type OperatorOptions } from '../support/operator.ts';
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
      machine(9, { name: 'twin', vpc: 'vpc-0000000a' }),
      machine(10, { name: 'twin', vpc: 'vpc-0000000b' }),
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
        new RegExp(`${idOf(3)}.*eu-central-1a, stopped.*${idOf(2)}|${idOf(2)}.*us-east-1a, running`),
      );
      // Each question is two processes of the `aws` command, and what follows does not depend on the client.
      if (client === 'cli') return;
      assert.equal((await asked('gone'))[1], idOf(5), 'one that is terminated does not count');
      assert.equal((await asked('both.example'))[1], idOf(6), 'DNS says the same');
      const crossed = await asked('crossed.example');
      assert.deepEqual(crossed.slice(0, 2), [409, 'ambiguous']);
      assert.match(crossed[2], /leads to .* by DNS, and by the tag Name to another/);
      assert.equal((await asked('anna-1'))[1], 'not_found', 'capitals count');
    });
  }

  test('is none to an alert, unless that is configured', async () => {
    await using operator = await startOperator({
      ...TAGGED,
      config: `${TAGGED.config ?? ''}names: { from_tags: true }\n`,
    });
    const [one, two, three, four] = await operator.post('/operateHostname', [
      alert({ hostname: 'Anna-1:9100' }),
      alert({ hostname: 'shared' }),
      alert({ hostname: 'twin' }),
      alert({ hostname: 'twin', vpc: 'vpc-0000000b' }),
    ]);
    assert.equal((await operator.end(one?.operation)).instance?.id, idOf(1));
    assert.equal((await operator.end(two?.operation)).reason, 'ambiguous');
    assert.equal((await operator.end(three?.operation)).reason, 'ambiguous');
    assert.equal((await operator.end(four?.operation)).instance?.id, idOf(10), 'in the VPC of the alert');
    await using strict = await startOperator(TAGGED);
    const [receipt] = await strict.post('/operateHostname', [alert({ hostname: 'Anna-1' })]);
    await strict.waiting(receipt?.operation, 'name_unknown');
  });

  test('is looked for in the VPCs of the configuration alone', async () => {
    await using operator = await startOperator({ ...TAGGED, config: `${TAGGED.config ?? ''}vpc: vpc-0000000a\n` });
    assert.equal((await resolveIn(operator, 'twin'))[1], idOf(9));
    assert.deepEqual((await resolveIn(operator, 'Anna-1')).slice(0, 2), [404, 'not_found'], 'it is in another');
  });
});

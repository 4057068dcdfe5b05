/** `pause`, `resume` and `pauses`, and the line that every other command says meanwhile. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { begunPauseAnswerSchema, pausesAnswerSchema } from '../../src/http/pause-schemas.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startOperator, type Operator } from '../support/operator.ts';
import { stopAlert } from '../support/alerts.ts';
import { runPerson } from './person.ts';

async function standing(operator: Operator) {
  const { text } = await operator.request('/api/v1/pauses');
  return pausesAnswerSchema.parse(JSON.parse(text)).pauses;
}

async function run(operator: Operator, ...args: readonly string[]): Promise<readonly [unknown, string, string]> {
  const { code, stdout, stderr } = await runPerson(operator.url, args);
  return [code, stdout, stderr];
}

describe('pausing', { concurrency: 2 }, () => {
  test('begins, is listed, is said by every command, and ends', async () => {
    await using operator = await startOperator();
    assert.deepEqual(await run(operator, 'pauses', '--table'), [0, 'nothing is paused\n', '']);
    assert.deepEqual(await run(operator, 'resume', '--table'), [0, 'nothing is paused\n', '']);
    const [code, begun, quiet] = await run(
      operator,
      'pause',
      '--only',
      'team=ml',
      '--why',
      'the cluster moves',
      '--table',
    );
    const [pause] = await standing(operator);
    assert.ok(pause);
    const about = 'automatic starts and stops of machines with team=ml, until it is ended: the cluster moves';
    assert.deepEqual(
      [code, begun, quiet],
      [0, `paused  ${about}. To end it: ec2-operator resume ${pause.id.slice(-8)}\n`, ''],
    );
    const [, table] = await run(operator, 'pauses', '--table');
    assert.match(table, /^ID +FOR +UNTIL +MACHINES +BY +WHY\n/);
    assert.match(table, new RegExp(`${pause.id.slice(-8)} +\\S+ +it is ended +team=ml +anyone +the cluster moves\n$`));
    const told =
      /^anyone paused automatic starts and stops of machines with "team"="ml" at \S+, until it is ended: "the cluster moves"\n$/;
    for (const args of [['ops'], ['status', idOf(1)], ['show', 'feedface']]) {
      const [, stdout, stderr] = await run(operator, ...args);
      assert.match(stderr.replace(/^ec2-operator: .*\n/m, ''), told, args.join(' '));
      for (const line of stdout.split('\n').filter((one) => one !== '')) JSON.parse(line);
    }
    const resumed = await run(operator, 'resume', pause.id.slice(-8), '--table');
    assert.deepEqual(resumed, [0, `ended   the pause of ${about}\n`, '']);
    assert.equal((await run(operator, 'ops'))[2], '');
  });

  test('for a while, says in JSON what was too late and what waited', async () => {
    await using operator = await startOperator({
      machines: [machine(1, { name: 'gpu-1' }), machine(2)],
      timings: { stopMs: 3_600_000 },
    });
    const [sent] = await operator.post('/operateHostname', [stopAlert(1)]);
    while ((await operator.read(sent?.operation)).state !== 'verifying');
    const [code, stdout] = await run(operator, 'pause', '--for', '2h', '--why', 'x');
    assert.equal(code, 0);
    const { pause, tooLate } = begunPauseAnswerSchema.parse(JSON.parse(stdout));
    assert.equal(Date.parse(pause.until ?? '') - Date.parse(pause.createdAt), 7_200_000);
    assert.equal(tooLate.at(0)?.operation, sent?.operation);
    const [waits] = await operator.post('/operateHostname', [stopAlert(2)]);
    await operator.waiting(waits?.operation, 'paused');
    const [, second] = await run(operator, 'pause', '--until', '18:00', '--why', 'x', '--table');
    assert.match(second, /\n {2}too late for gpu-1 \(i-0+1\): the stop was sent to EC2 at \S+; start it again\?\n$/);
    const [, ended] = await run(operator, 'resume', '--all', '--table');
    assert.match(ended, /: x\. 1 operation that waited is checked again\nended /);
    assert.deepEqual(await standing(operator), []);
  });

  test('says what it expects', async () => {
    await using operator = await startOperator();
    const wrong: readonly (readonly [args: readonly string[], code: number, stderr: RegExp])[] = [
      [['pause'], 2, /expected --why TEXT/],
      [['pause', '--why', ' '], 2, /expected --why TEXT/],
      [['pause', '--why', 'x', '--for', '2'], 2, /expected a duration such as 90m, 2h or 1d for --for, got "2"/],
      [['pause', '--why', 'x', '--for', '0s'], 2, /for: expected a duration from 1s to 366d/],
      [
        ['pause', '--why', 'x', '--for', '1h', '--until', '2099-01-01T00:00:00Z'],
        2,
        /expected one of --for and --until/,
      ],
      [
        ['pause', '--why', 'x', '--until', 'tomorrow'],
        2,
        /expected a time such as 18:00, .* for --until, got "tomorrow"/,
      ],
      [['pause', '--why', 'x', '--only', 'ml'], 2, /expected tags such as team=ml/],
      [['resume', 'feedface'], 1, /nothing is paused/],
      [['resume', 'feedface', '--all'], 2, /expected one of ID and --all/],
    ];
    for (const [args, code, stderr] of wrong) {
      const [got, stdout, told] = await run(operator, ...args);
      assert.match(told, stderr, args.join(' '));
      assert.deepEqual([got, stdout], [code, ''], args.join(' '));
    }
    assert.deepEqual(await standing(operator), []);
    for (const why of ['one', 'two']) await run(operator, 'pause', '--why', why);
    const [several, , choice] = await run(operator, 'resume');
    assert.equal(several, 2);
    assert.match(choice, / one\n.* two\n.*expected the ID of a pause, or --all, because several pauses stand/);
    const [unknown, , none] = await run(operator, 'resume', 'feedface');
    assert.deepEqual([unknown, /got "feedface", which fits no pause/.test(none)], [2, true]);
    assert.equal((await standing(operator)).length, 2);
  });
});

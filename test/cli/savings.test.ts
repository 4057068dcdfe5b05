/** `savings`: what a stop has saved, and that it was regretted. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { stopAlert } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startOperator, type Operator } from '../support/operator.ts';
import { runPerson, type Run } from './person.ts';

const CONFIG = 'guards: { min_uptime: off, recent_alert: off }\nprices: { g5.xlarge: 2 }';

describe('savings', { concurrency: 2 }, () => {
  let operator: Operator;
  before(async () => {
    operator = await startOperator({
      machines: [machine(1, { name: '=gpu-1', tags: { owner: 'ada' } })],
      config: CONFIG,
    });
    const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
    assert.equal((await operator.end(receipt?.operation)).state, 'succeeded');
    await saysOf((text) => text.includes('"stops":1'));
    await operator.ask(`/operateInstance?action=start&instance=${idOf(1)}&dryrun=false`);
    await saysOf((text) => text.includes('"waits":1'));
  });
  after(async () => operator[Symbol.asyncDispose]());

  async function saysOf(isSo: (text: string) => boolean): Promise<void> {
    await eventually('the savings', async () => {
      const { text } = await operator.request('/api/v1/savings');
      return isSo(text) ? true : undefined;
    });
  }

  async function run(...args: readonly string[]): Promise<Run> {
    return runPerson(operator.url, ['savings', ...args]);
  }

  test('dollars never stand without the regrets', async () => {
    const { code, stdout } = await run('--table', '--by', 'machine');
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^30 days: 0\.0 h saved, \$0\.00 as configured, 100 % of stops regretted \(1 of 1\), people waited \d+ min\nthe first stop of the record began at \d{4}-\d\d-\d\dT[\d:.]+Z\n/,
    );
    assert.match(stdout, /^MACHINE +OWNER +TYPE +STOPS +HOURS +\$ AT PRICE +\$ OFF BILL +REGRETS +WAITED +ASKED H$/m);
    assert.match(stdout, /^=gpu-1 +ada +g5\.xlarge +1 +0\.0 +0\.00 +0\.00 +1 +\d+ min/m);
  });

  test('days are drawn, and empty ones are left out of the table', async () => {
    const { stdout } = await run('--table', '--days', '7');
    assert.match(stdout, /^▁{6}█ {2}hours a day$/m);
    assert.equal(stdout.match(/^\d{4}-\d{2}-\d{2} /gm)?.length, 1);
  });

  test('a spreadsheet gets no formula', async () => {
    const { code, stdout } = await run('--by', 'machine', '--csv');
    assert.equal(code, 0);
    const [head = '', row = ''] = stdout.split('\n');
    assert.match(head, /^machine,name,owner,type,cause,stops,/);
    assert.ok(row.startsWith(`${idOf(1)},'=gpu-1,ada,g5.xlarge,,1,`), row);
  });

  test('programs get all of it, and how it is counted', async () => {
    const { stdout } = await run('--json');
    const answer: unknown = JSON.parse(stdout);
    assert.ok(typeof answer === 'object' && answer !== null && 'counted' in answer && 'suggestions' in answer);
  });

  test('hours without a known price are told apart', async () => {
    await using other = await startOperator({
      machines: [machine(1), machine(2, { type: 'x9.huge' })],
      config: CONFIG,
    });
    const receipts = await other.post('/operateHostname', [stopAlert(1), stopAlert(2)]);
    for (const { operation } of receipts) assert.equal((await other.end(operation)).state, 'succeeded');
    const stdout = await eventually('both stops', async () => {
      const told = await runPerson(other.url, ['savings', '--table']);
      return told.stdout.includes('of 2)') ? told.stdout : undefined;
    });
    assert.match(stdout, /^30 days: 0\.0 h saved \(0\.0 h without a known price\), \$0\.00 as configured, /);
  });

  test('without a stop it says so, and wrong words are told', async () => {
    const { stdout } = await run('--table', '--machine', 'nobody');
    assert.match(stdout, /^no stop in the last 30 days: docs\/savings\.md says which are counted$/m);
    for (const [args, words] of [
      [['--days', '0'], /a number from 1 to 3660/],
      [['--by', 'week'], /--by/],
      [['--csv', '--json'], /expected one of/],
      [['--mine'], /belongs to nobody/],
    ] as const) {
      const { code, stderr } = await run(...args);
      assert.notEqual(code, 0);
      assert.match(stderr, words);
    }
  });
});

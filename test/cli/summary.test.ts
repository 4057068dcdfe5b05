/** `ops --dry-run --summary`, and what `status` says of a machine on which alerts are dry runs. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { summaryAnswerSchema } from '../../src/http/summary-schemas.ts';
import { alert, minutesAgo, stopAlert } from '../support/alerts.ts';
import { createClock } from '../support/clock.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { startOperator, type Operator } from '../support/operator.ts';
import { runPerson } from './person.ts';

const MACHINES = [
  machine(1, { tags: { Name: 'prod-1', stage: 'prod', Owner: 'pia' } }),
  machine(2, { tags: { Name: 'prod-2', 'ec2-operator': 'off', team: ' ml ' } }),
  machine(3, { tags: { Name: 'dev-1', stage: 'dev' } }),
];
const CONFIG = `
live: { only: { stage: dev } }
owners: { tags: [team, owner, Owner] }
`;

async function summarize(operator: Operator, ...args: readonly string[]) {
  return runPerson(operator.url, ['ops', '--dry-run', '--summary', ...args]);
}

describe('the sum of dry runs', { concurrency: true }, () => {
  test('by machine, owner and rule: how often, for how long, and what would have kept it running', async () => {
    const clock = createClock();
    await using operator = await startOperator({ machines: MACHINES, config: CONFIG, clock: clock.now });
    const began = clock.now();
    const receipts = await operator.post('/operateHostname', [stopAlert(1), stopAlert(2), stopAlert(3)]);
    await Promise.all(receipts.map(async ({ operation }) => operator.end(operation)));
    clock.advance(90 * 60_000);
    // An hour later the alert's copy is looked at again: it is the same stop.
    const [copy] = await operator.post('/operateHostname', [stopAlert(1)]);
    await operator.end(copy?.operation);
    clock.advance(30 * 60_000);
    await operator.post('/operateHostname', [
      alert({ hostname: addressOf(1) }, { status: 'resolved', endsAt: minutesAgo(0) }),
    ]);
    clock.advance(30 * 60_000);

    const { code, stdout, stderr } = await summarize(operator, '--since', '7d', '--json');
    assert.equal(code, 0, stderr);
    const { rows, real, isShortened } = summaryAnswerSchema.parse(JSON.parse(stdout));
    const [first, second] = rows;
    const { stoppedSeconds = 0, firstAt = '', lastAt = '', ...stopped } = first ?? {};
    assert.deepEqual(stopped, {
      instance: { id: idOf(1), name: 'prod-1', owner: 'pia', region: 'eu-central-1' },
      rule: 'UnusedGPU',
      stops: 1,
      heldBack: 0,
    });
    assert.ok(stoppedSeconds >= 7_190 && stoppedSeconds < 7_260, `${stoppedSeconds} s`);
    assert.ok(Date.parse(firstAt) >= began && Date.parse(lastAt) - Date.parse(firstAt) >= 90 * 60_000);
    assert.deepEqual(
      [second?.instance.owner, second?.stops, second?.stoppedSeconds, second?.heldBack, second?.mostHeldBy],
      ['ml', 0, 0, 1, 'opt_out'],
    );
    assert.deepEqual([rows.length, isShortened, real], [2, false, { automatic: 1, byPeople: 0, machines: 1 }]);

    const table = await summarize(operator, '--table');
    const [head = '', one = '', two = '', none, last = ''] = table.stdout.split('\n');
    assert.match(head, /^MACHINE +INSTANCE +OWNER +RULE +WOULD STOP +HOURS +FIRST +LAST +WOULD NOT$/);
    assert.match(one, /^prod-1 +i-0+1 +pia +UnusedGPU +1× +2\.0 /);
    assert.match(two, /^prod-2 +i-0+2 +ml +UnusedGPU +0× +0\.0 .* 1× \(opt_out\)$/);
    assert.equal(none, '');
    assert.match(last, /^since \d{4}-\S+; really stopped: 1 time automatically, 0 by people; 1 machine$/);
  });

  test('of nothing, and with options that make no sense', async () => {
    await using operator = await startOperator({ machines: MACHINES });
    assert.match((await summarize(operator, '--table')).stdout, /^no alert had a dry run of a stop\n/);
    for (const [args, wrong] of [
      [['ops', '--summary'], /expected --summary with --dry-run/],
      [['ops', '--dry-run', '--summary', '--verb', 'start'], /expected --summary without --verb/],
      [['ops', '--dry-run', '--summary', '--watch'], /expected --summary without --watch/],
      [['ops', '--dry-run', '--summary', '--since', 'soon'], /for --since, got "soon"/],
    ] as const) {
      const { code, stderr } = await runPerson(operator.url, args);
      assert.equal(code, 2);
      assert.match(stderr, wrong);
    }
  });

  test('status says that alerts are dry runs on a machine', async () => {
    await using operator = await startOperator({ machines: MACHINES, config: CONFIG });
    const status = async (number: number) =>
      (await runPerson(operator.url, ['status', idOf(number), '--table'])).stdout;
    assert.match(
      await status(1),
      /would stop[^]*\n\nalerts are dry runs on this machine: live\.only does not select it/,
    );
    assert.doesNotMatch(await status(3), /live\.only/);
  });
});

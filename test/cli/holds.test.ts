/** `hold`, `release` and `holds`, as the person whose machine it is uses them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stopAlert } from '../support/alerts.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { startOperator } from '../support/operator.ts';
import { runPerson } from './person.ts';

const FLEET = [machine(1, { name: 'gpu-1' }), machine(2, { state: 'stopped' })];
const NAMED = `${idOf(1)} (gpu-1), eu-central-1`;

describe('a machine is kept', { concurrency: 2 }, () => {
  test('held, listed, shown by status, and released', async () => {
    await using operator = await startOperator({ machines: FLEET });
    const made = await runPerson(operator.url, ['hold', 'gpu-1', '--for', '2h', '--why', 'run 7', '--table']);
    assert.deepEqual([made.code, made.stderr], [0, '']);
    assert.match(made.stdout, new RegExp(`^held {6}${RegExp.escape(NAMED)} until .+ by anyone: run 7\n$`));
    const listed = await runPerson(operator.url, ['holds', '--table']);
    assert.match(listed.stdout, /^MACHINE +UNTIL +HOLDER +SINCE +WHY *\n.+ anyone .+ run 7 *\n$/);
    const shown = await runPerson(operator.url, ['status', addressOf(1), '--table']);
    assert.ok(shown.stdout.includes(made.stdout), shown.stdout);
    const refused = await runPerson(operator.url, ['stop', 'gpu-1', '--table', '--quiet']);
    assert.equal(refused.code, 1);
    assert.equal(refused.stderr, 'To stop it all the same: ec2-operator stop gpu-1 --override-hold\n');
    assert.match(refused.stdout, /^refused {2}stop gpu-1 .+: held\. .+anyone holds it until .+"run 7"/);
    const done = await runPerson(operator.url, ['release', addressOf(1), '--table']);
    assert.deepEqual([done.code, done.stdout], [0, `released  ${NAMED}, which anyone held\n`]);
    const again = await runPerson(operator.url, ['release', 'gpu-1', '--table']);
    assert.deepEqual([again.code, again.stdout], [0, 'you do not hold gpu-1\n']);
    const none = await runPerson(operator.url, ['holds', '--table']);
    assert.equal(none.stdout, 'no machine is held\n');
    const other = await runPerson(operator.url, ['holds', addressOf(1), '--table']);
    const sentence = `no hold of a machine with the instance id or the tag Name "${addressOf(1)}", in exactly these letters\n`;
    assert.equal(other.stdout, sentence, 'an address is not looked up: its machine may be held');
  });

  test('until a time of day, for programs as JSON', async () => {
    await using operator = await startOperator({ machines: FLEET });
    const made = await runPerson(operator.url, ['hold', idOf(1), '--until', '2099-12-24'], {
      environment: { TZ: 'Europe/Berlin' },
    });
    assert.equal(made.code, 2);
    assert.match(made.stderr, /expected a hold of at most 366d/);
    assert.equal((await runPerson(operator.url, ['hold', idOf(1), '--for', '1h'])).code, 0);
    const { stdout } = await runPerson(operator.url, ['holds']);
    const hold: unknown = JSON.parse(stdout);
    assert.ok(typeof hold === 'object' && hold !== null && 'instance' in hold);
    assert.equal(hold.instance, idOf(1));
    const { code } = await runPerson(operator.url, ['stop', 'gpu-1', '--override-hold', '--quiet']);
    assert.equal(code, 0);
  });

  test('too late, or for nothing: the answer says so', async () => {
    await using operator = await startOperator({ machines: FLEET, timings: { stopMs: 600_000 } });
    const stopped = await runPerson(operator.url, ['hold', idOf(2), '--for', '1h', '--table']);
    assert.equal(stopped.code, 0);
    assert.match(stopped.stderr, /is stopped, and a hold does not start it: ec2-operator start i-/);
    const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
    for (let state = ''; state !== 'verifying';) ({ state } = await operator.read(receipt?.operation));
    const late = await runPerson(operator.url, ['hold', 'gpu-1', '--for', '1h', '--table']);
    assert.equal(late.code, 1);
    assert.match(late.stderr, /the stop was sent to EC2 at \S+; start it again\? ec2-operator start gpu-1/);
    assert.match(late.stdout, /^held /);
  });

  test('not without an end, nor one that nobody can read', async () => {
    for (const [args, message] of [
      [['hold', 'gpu-1'], /expected either --for or --until/],
      [['hold', 'gpu-1', '--for', '2'], /expected a duration such as 90m, 2h or 1d for --for, got "2"/],
      [['hold', 'gpu-1', '--until', 'late'], /expected a time such as 18:00/],
      [['hold'], /HOST/],
    ] as const) {
      const { code, stderr } = await runPerson('http://127.0.0.1:9', args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  });
});

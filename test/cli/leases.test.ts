/** `start --for`, `extend` and `leases`, as the person whose machine it is uses them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { startOperator } from '../support/operator.ts';
import { runPerson } from './person.ts';

const FLEET = [machine(1, { name: 'gpu-1', state: 'stopped' })];
const NAMED = `${idOf(1)} (gpu-1), eu-central-1`;

describe('a machine runs for a while', { concurrency: 2 }, () => {
  test('started, extended, listed, shown by status, and kept after all', async () => {
    await using operator = await startOperator({ machines: FLEET });
    const started = await runPerson(operator.url, ['start', 'gpu-1', '--for', '2h', '--quiet', '--table']);
    assert.equal(started.code, 0, started.stderr);
    assert.match(started.stdout, new RegExp(`\\nleased {4}${RegExp.escape(NAMED)} to anyone until .+\n$`));
    const extended = await runPerson(operator.url, ['extend', addressOf(1), '--for', '1h', '--table']);
    assert.deepEqual([extended.code, extended.stderr], [0, '']);
    assert.match(extended.stdout, new RegExp(`^leased {4}${RegExp.escape(NAMED)} to anyone until .+\n$`));
    const listed = await runPerson(operator.url, ['leases', '--table']);
    assert.match(listed.stdout, /^MACHINE +UNTIL +LEASED TO +SINCE +WHY *\n.+ anyone .+\n$/);
    const shown = await runPerson(operator.url, ['status', 'gpu-1', '--table']);
    assert.ok(shown.stdout.includes(extended.stdout), shown.stdout);
    const ended = await runPerson(operator.url, ['leases', '--end', 'gpu-1', '--table']);
    assert.deepEqual([ended.code, ended.stdout], [0, `ended  the lease of ${NAMED}: it runs on\n`]);
    const none = await runPerson(operator.url, ['extend', 'gpu-1', '--for', '1h']);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /has no lease: a start with for begins one/);
    const nothing = await runPerson(operator.url, ['leases', '--table']);
    assert.equal(nothing.stdout, 'no machine runs on a lease\n');
  });

  test('not without an end, nor one that nobody can read', async () => {
    for (const [args, message] of [
      [['extend', 'gpu-1'], /expected either --for or --until/],
      [['start', 'gpu-1', '--for', 'ages'], /ages/],
      [['leases', '--end'], /expected --end with the machine/],
    ] as const) {
      const { code, stderr } = await runPerson('http://127.0.0.1:9', args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
    }
  });
});

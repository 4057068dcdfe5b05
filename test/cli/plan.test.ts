/** `plan`, and what `status` makes of it: what would happen, without anything that happens. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { alert, delivery, minutesAgo, stopAlert } from '../support/alerts.ts';
import { addressOf, idOf, machine } from '../support/fleet.ts';
import { startOperator } from '../support/operator.ts';
import { runPerson } from './person.ts';

const BODY = JSON.stringify(
  delivery([
    stopAlert(1),
    stopAlert(2),
    stopAlert(3, { status: 'resolved', endsAt: minutesAgo(1) }),
    alert({ hostname: addressOf(1), action: 'destroy', alertname: undefined }),
    alert({ instance_id: idOf(1), action: 'start', dryrun: 'true' }),
  ]),
);

const MACHINES = [machine(1), machine(2, { tags: { 'ec2-operator': 'off' } })];

interface Plan {
  readonly outcome: string;
  readonly reason?: string;
  readonly instance?: { readonly id: string };
}

describe('plan', { concurrency: 2 }, () => {
  test('a line of JSON for each alert, from a file or from standard input, and nothing is done', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-test-'));
    try {
      const file = path.join(directory, 'alert.json');
      await writeFile(file, BODY);
      await using operator = await startOperator({ machines: MACHINES });
      const { code, stdout, stderr } = await runPerson(operator.url, ['plan', file]);
      assert.deepEqual([code, stderr], [0, '']);
      const plans = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Plan);
      assert.deepEqual(
        plans.map(({ outcome, reason, instance }) => [outcome, reason, instance?.id]),
        [
          ['would_stop', undefined, idOf(1)],
          ['would_refuse', 'opt_out', idOf(2)],
          ['ignored', 'resolved', undefined],
          ['invalid', 'invalid_action', undefined],
          ['nothing', 'already_in_state', idOf(1)],
        ],
      );
      assert.equal((await runPerson(operator.url, ['plan', '-'], { input: BODY })).stdout, stdout);
      assert.equal((await runPerson(operator.url, ['ops'])).stdout, '');
      assert.deepEqual(operator.changes(), []);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('for people: what each alert asks for, what would become of it, and what the guards say', async () => {
    await using operator = await startOperator({ machines: MACHINES });
    const { code, stdout } = await runPerson(operator.url, ['plan', '-', '--table'], { input: BODY });
    assert.equal(code, 0);
    assert.match(stdout, /^would stop {2}stop 10\.0\.0\.1 for UnusedGPU \(i-0+1, eu-central-1\)/);
    assert.match(stdout, /\nwould refuse {2}stop 10\.0\.0\.2 for UnusedGPU .+: opt_out\. /);
    assert.match(stdout, /\nignored {2}stop 10\.0\.0\.3 for UnusedGPU: resolved/);
    assert.match(stdout, /\ninvalid {2}destroy 10\.0\.0\.1: invalid_action/);
    assert.match(stdout, /\nnothing {2}start i-0+1 for UnusedGPU \(dry run\) /);
    assert.match(stdout, /\n {2}allow {3}\w+(?:, \w+)+\n/);
    assert.match(stdout, /\n {2}refuse {2}\w+: .+ec2-operator/);
  });

  test('--route says where it would be posted', async () => {
    await using operator = await startOperator({ machines: MACHINES });
    const body = JSON.stringify(delivery([alert({ instance_id: idOf(1) })]));
    const outcome = async (...args: readonly string[]): Promise<string> => {
      const { stdout } = await runPerson(operator.url, ['plan', '-', ...args], { input: body });
      return (JSON.parse(stdout) as Plan).outcome;
    };
    assert.equal(await outcome(), 'would_stop');
    assert.equal(await outcome('--route', 'hostname'), 'invalid');
  });

  test('what is no webhook ends with 2, and says what is missing', async () => {
    await using operator = await startOperator();
    const { code, stdout, stderr } = await runPerson(operator.url, ['plan', '-'], { input: '{"alerts":7}' });
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /alerts/);
  });
});

test('status says what a start and a stop would meet now', async () => {
  await using operator = await startOperator({ machines: MACHINES });
  const { code, stdout, stderr } = await runPerson(operator.url, ['status', addressOf(2), '--table']);
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /\nif you asked now:\n[^]*nothing {2}start .+already_in_state[^]+would refuse {2}stop .+opt_out/,
  );
  const json = JSON.parse((await runPerson(operator.url, ['status', idOf(1)])).stdout) as {
    readonly plans: readonly (Plan & { readonly verb: string })[];
  };
  assert.deepEqual(
    json.plans.map(({ verb, outcome }) => [verb, outcome]),
    [
      ['start', 'nothing'],
      ['stop', 'would_stop'],
    ],
  );
});

test('status knows a machine by its tag Name, and says what a person would meet', async () => {
  await using operator = await startOperator({
    machines: [machine(1, { name: 'GPU box 1', launched: '1m ago' })],
    names: {},
  });
  const { code, stdout, stderr } = await runPerson(operator.url, ['status', 'GPU box 1', '--table']);
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /\nif you asked now:\n[^]*would stop {2}stop \(i-0+1 \(GPU box 1\)[^]+\n {2}overridden {2}min_uptime: /,
  );
  const stop = await runPerson(operator.url, ['stop', 'GPU box 1', '--table', '--quiet']);
  assert.equal(stop.code, 0, stop.stderr);
  const ops = await runPerson(operator.url, ['ops', '--machine', 'GPU box 1']);
  assert.equal(ops.stdout.trim().split('\n').length, 1);
});

/** What has waited for hours is stopped only if something says that its alert still fires. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { minutesAgo, stopAlert } from '../support/alerts.ts';
import { createClock } from '../support/clock.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startOperator, type Operator } from '../support/operator.ts';

const HOUR = 3_600_000;
const alert = (alertname = 'UnusedGPU') =>
  stopAlert(1, {
    startsAt: minutesAgo(1),
    labels: { alertname, action: 'stop', client: 'native', dryrun: 'false', hostname: '10.0.0.1' },
  });

interface Waiting extends AsyncDisposable {
  readonly operator: Operator;
  readonly id: string;
  readonly later: (hours: number) => Promise<void>;
}

/** A stop that waits for six hours, because that long its machine is left alone. */
async function startWaiting(more = ''): Promise<Waiting> {
  const clock = createClock();
  const operator = await startOperator({
    machines: [machine(1, { launched: '2m ago' })],
    config: `guards: { min_uptime: 6h }\n${more}`,
    clock: clock.now,
  });
  const [receipt] = await operator.post('/operateHostname', [alert()]);
  await operator.waiting(receipt?.operation, 'min_uptime');
  return {
    operator,
    id: receipt?.operation ?? '',
    later: async (hours) => {
      clock.advance(hours * HOUR);
      // Any new work makes the operator look at its clock.
      await operator.ask(`/operateInstance?instance=${idOf(0xffff)}&action=start&wait=0s`);
    },
    [Symbol.asyncDispose]: async () => operator[Symbol.asyncDispose](),
  };
}

describe('a stop that waited for six hours', { concurrency: true }, () => {
  test('is refused when no copy of its alert has come since', async () => {
    await using waiting = await startWaiting();
    await waiting.later(6);
    const { state, reason, message } = await waiting.operator.end(waiting.id);
    assert.deepEqual([state, reason], ['refused', 'no_recent_alert'], message ?? '');
    assert.deepEqual(waiting.operator.changes(), []);
  });

  for (const [what, copy] of [
    ['of its alert', alert()],
    ['of another alert that has joined it', alert('IdleMachine')],
  ] as const) {
    test(`is carried out when a copy ${what} has come meanwhile`, async () => {
      await using waiting = await startWaiting();
      const { operator, later, id } = waiting;
      await later(4);
      assert.deepEqual(
        (await operator.post('/operateHostname', [copy])).map(({ outcome, operation }) => [outcome, operation]),
        [['joined', id]],
      );
      await later(2);
      assert.equal((await operator.end(id)).reason, 'state_reached');
    });
  }

  test('is carried out for a person who has joined it', async () => {
    await using waiting = await startWaiting();
    const { operator, later, id } = waiting;
    await later(5.5);
    const { operation } = await operator.ask(
      `/operateHostname?hostname=10.0.0.1&action=stop&client=native&dryrun=false`,
    );
    assert.equal(operation.id, id);
    assert.equal((await operator.end(id)).reason, 'state_reached');
  });

  test('is carried out where the guard is off', async () => {
    await using waiting = await startWaiting();
    await waiting.operator.stop();
    await using operator = await startOperator({
      after: waiting.operator,
      config: 'guards: { min_uptime: off, recent_alert: off }',
      clock: () => Date.now() + 6 * HOUR,
    });
    assert.equal((await operator.end(waiting.id)).reason, 'state_reached');
  });
});

/** What happens over hours and days, with the clock in the test's hand. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { receiptsSchema } from '../../src/http/schemas.ts';
import { alert, delivery } from '../support/alerts.ts';
import { idOf, machine } from '../support/fleet.ts';
import { startVirtualOperator } from '../support/virtual-operator.ts';

const HOUR = 3_600_000;

test('a machine that was launched a moment ago is stopped an hour later', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 10, 23, 8) });
  const { timers } = mock;
  await using operator = await startVirtualOperator({
    machines: [machine(1, { launched: '10m ago' })],
    config: '',
    timers,
  });
  const idle = alert({ instance_id: idOf(1) }, { startsAt: new Date().toISOString() });
  const answer = await operator.request('POST', '/operateInstance', { body: delivery([idle]) });
  const [receipt] = receiptsSchema.parse(answer.body).receipts;
  await operator.passTime(HOUR / 2);
  assert.deepEqual(operator.stops(), []);
  await operator.passTime(HOUR);
  assert.deepEqual(
    operator.stops().map(({ at }) => new Date(at).toISOString()),
    ['2026-11-23T08:50:00.000Z'],
  );
  const { state, reason } = await operator.read(receipt?.operation ?? '');
  assert.deepEqual([state, reason], ['succeeded', 'state_reached']);
});

/** What a person sees of a machine that is about to stop. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { delivery, stopAlert } from '../support/alerts.ts';
import { idOf } from '../support/fleet.ts';
import { startOperator } from '../support/operator.ts';
import { runPerson } from './person.ts';

const CLOCK = String.raw`(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d`;
/** In Tokyo, where the person is. */
const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00`;

test('its time is in the list, in the details and in a plan', async () => {
  await using operator = await startOperator({ config: 'warn: { always: true }' });
  const [receipt] = await operator.post('/operateHostname', [stopAlert(1)]);
  await operator.waiting(receipt?.operation, 'warned');
  const ask = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runPerson(operator.url, args, {
      input: JSON.stringify(delivery([stopAlert(2)])),
      environment: { TZ: 'Asia/Tokyo' },
    });
    assert.deepEqual([code, stderr], [0, '']);
    return stdout;
  };
  assert.match(await ask('ops', '--table'), new RegExp(` waiting +warned: stops ${CLOCK} `));
  for (const args of [
    ['show', receipt?.operation ?? '', '--table'],
    ['status', idOf(1), '--table'],
  ])
    assert.match(await ask(...args), new RegExp(`^  warned +at ${TIME}, stops at ${TIME}$`, 'm'));
  const kept = `\n\nTo keep it running: ec2-operator hold ${idOf(1)} --for 2h\n`;
  assert.ok((await ask('status', idOf(1), '--table')).includes(kept));
  const planned = await ask('plan', '-', '--table');
  assert.match(planned, new RegExp(`warned until ${CLOCK} \\(warns at ${CLOCK}, stops at ${CLOCK}\\)`));
  assert.match(planned, new RegExp(`would warn at ${TIME} and stop .* at ${TIME}: `));
});

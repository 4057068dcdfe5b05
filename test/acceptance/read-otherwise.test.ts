/** The configuration changes while an operation waits: its alert is read otherwise when it ends, and ends it all the same. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { alert, minutesAgo, type AlertBody } from '../support/alerts.ts';
import { addressOf, idOf, machine, REGION } from '../support/fleet.ts';
import { startOperator, type Operator } from '../support/operator.ts';

const YOUNG = [machine(1, { launched: '30m ago' })];
const WAITING = 'guards: { min_uptime: 60m }\n';
const RESOLVED = { status: 'resolved', endsAt: minutesAgo(0) };

interface Changed {
  readonly labels: AlertBody;
  readonly after: string;
}

/** Labels of an alert, and the settings by which they mean something else, or nothing any more. */
const CHANGES: Readonly<Record<string, Changed>> = {
  'the client': { labels: { client: undefined }, after: 'client: cli' },
  'a label for the region': { labels: { place: REGION }, after: 'labels: { region: place }' },
  'a label for the region to one that names none': {
    labels: { place: 'the cellar' },
    after: 'labels: { region: place }',
  },
};

async function afterRestart(first: Operator, settings: string, sent: AlertBody): Promise<Operator> {
  await first.stop();
  const operator = await startOperator({ after: first, config: `${WAITING}${settings}\n` });
  assert.equal((await operator.post('/operateHostname', [sent])).length, 1);
  return operator;
}

describe('an alert that was resolved after a change of', { concurrency: true }, () => {
  for (const [what, { labels, after }] of Object.entries(CHANGES))
    test(`${what} stops nothing`, async () => {
      const fired = (more: AlertBody = {}): AlertBody => alert({ hostname: addressOf(1), ...labels }, more);
      await using first = await startOperator({ machines: YOUNG, config: WAITING });
      const [receipt] = await first.post('/operateHostname', [fired()]);
      await first.waiting(receipt?.operation, 'min_uptime');
      await using second = await afterRestart(first, after, fired(RESOLVED));
      assert.equal((await second.end(receipt?.operation)).reason, 'resolved');
    });

  test('the client stops nothing either when a copy of it has come between', async () => {
    const fired = (more: AlertBody = {}): AlertBody => alert({ hostname: addressOf(1), client: undefined }, more);
    await using first = await startOperator({ machines: YOUNG, config: WAITING });
    const [before] = await first.post('/operateHostname', [fired()]);
    await first.waiting(before?.operation, 'min_uptime');
    await using second = await afterRestart(first, 'labels: { region: place }\nclient: cli', fired());
    await second.post('/operateHostname', [fired(RESOLVED)]);
    assert.equal((await second.end(before?.operation)).reason, 'resolved');
    assert.deepEqual(second.changes(), []);
    assert.equal(second.sandbox.instance(idOf(1)).state, 'running');
  });
});

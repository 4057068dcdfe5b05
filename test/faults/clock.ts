/** The clock jumps an hour, there and back, while operations wait and are under way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stopAlert } from '../support/alerts.ts';
import { eventually } from '../support/eventually.ts';
import { idOf } from '../support/fleet.ts';
import { embedOperator } from './embedded.ts';
import { everythingEnds, listOperations, onlyEndedBy } from './ends.ts';
import { byForm, diceFor } from './form.ts';
import { sendAll, type Posted } from './senders.ts';

const MACHINES = byForm({ short: 60, long: 1_500 });
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export function describeClock(): void {
  for (const [name, jumps] of [
    ['an hour forth, and back', [HOUR, 0]],
    ['an hour back, and forth', [-HOUR, 0]],
    ['an hour back, for good', [-HOUR]],
  ] as const) {
    test(`the clock jumps ${name}`, async (t) => {
      let offset = 0;
      await using site = await embedOperator({ machines: MACHINES, clock: () => Date.now() + offset });
      const { sandbox, urls } = site;
      const dice = diceFor(name);
      const url = dice.pick(urls);
      const numbers = Array.from({ length: MACHINES }, (_, index) => index + 1);
      const alerts = numbers.map((number) => stopAlert(number));
      // At every jump they wait for EC2, or are under way.
      sandbox.faults.add({ kind: 'throttle' });
      const sent: Posted[] = [];
      const sendUntilOneWaits = async (): Promise<true | undefined> => {
        sent.push(await sendAll({ dice, site, alerts }));
        const { operations } = await listOperations(url, 'state=waiting&limit=1000');
        const now = Date.now() + offset;
        return operations.some(({ until = '' }) => Math.abs(Date.parse(until) - now) < 10 * MINUTE) || undefined;
      };
      for (const next of jumps) {
        await eventually('an operation waits by the clock as it is', sendUntilOneWaits);
        offset = next;
      }
      sandbox.faults.clear();
      // An operation that seems to be an hour old is given up, and the alert is sent again, as it is as long as it fires.
      const ends = async () =>
        everythingEnds({ url, alerts: MACHINES, acknowledged: sent.map(({ acknowledged }) => acknowledged) });
      await ends();
      sent.push(await sendAll({ dice, site, alerts }));
      const counts = await ends();
      t.diagnostic(JSON.stringify(counts));
      onlyEndedBy(counts, 'succeeded/state_reached', 'succeeded/already_in_state', 'failed/deadline');
      for (const number of numbers) assert.equal(sandbox.instance(idOf(number)).state, 'stopped');
    });
  }
}

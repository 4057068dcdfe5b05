/** The resolver cannot say for a while. In this process: a child process asks the system's resolver, which is not ours to break. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LookUpName } from '../../src/engine/name-lookup.ts';
import { alert } from '../support/alerts.ts';
import { addressOf, idOf } from '../support/fleet.ts';
import { embedOperator } from './embedded.ts';
import { everythingEnds, onlyEndedBy } from './ends.ts';
import { byForm, diceFor } from './form.ts';
import { sendAll } from './senders.ts';

const MACHINES = byForm({ short: 100, long: 2_000 });
const FAILURES = byForm({ short: 3, long: 6 });

export function describeDns(): void {
  test('DNS fails for a while', async () => {
    const asked = new Map<string, number>();
    // Every name fails so many times, and is found from then on.
    const lookUpName: LookUpName = async (name) => {
      const times = (asked.get(name) ?? 0) + 1;
      asked.set(name, times);
      if (times <= FAILURES) return Promise.resolve({ answer: 'failed', message: 'EAI_AGAIN' });
      const address = addressOf(Number(/^gpu-(\d+)\./.exec(name)?.[1]));
      return Promise.resolve({ answer: 'addresses', addresses: [address] });
    };
    await using site = await embedOperator({ machines: MACHINES, lookUpName });
    const alerts = Array.from({ length: MACHINES }, (_, index) => alert({ hostname: `gpu-${index + 1}.example` }));
    const { acknowledged } = await sendAll({ dice: diceFor('dns'), site, alerts });
    const [url = ''] = site.urls;
    const counts = await everythingEnds({ url, alerts: MACHINES, acknowledged: [acknowledged] });
    onlyEndedBy(counts, 'succeeded/state_reached');
    for (let number = 1; number <= MACHINES; number += 1) {
      assert.equal(site.sandbox.instance(idOf(number)).state, 'stopped');
    }
  });
}

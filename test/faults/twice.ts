/** Two Alertmanagers deliver everything twice, each to its own replica and at the same time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everythingEnds, GOOD_ENDS, onlyEndedBy } from './ends.ts';
import { byForm, diceFor, SEED } from './form.ts';
import { planRound } from './plan.ts';
import { sendAll, type Acknowledged } from './senders.ts';
import { buildSite, type NewStore } from './site.ts';

const MACHINES = byForm({ short: 250, long: 2_000 });

export function describeTwice(name: string, store: NewStore, replicas: number): void {
  test(`two Alertmanagers deliver everything twice: ${name}`, async (t) => {
    await using site = await buildSite({ machines: MACHINES, store, replicas });
    const { sandbox, urls, closing, explain } = site;
    const { alerts, meanwhile, check } = planRound({ sandbox, dice: diceFor(name), machines: MACHINES });
    const both = await Promise.all(
      [0, 1].map(async (sender) => {
        const own = { urls: urls.filter((_, index) => index % 2 === sender || urls.length === 1), closing };
        const dice = diceFor(`${name}, sender ${sender}`);
        const first = await sendAll({ dice, site: own, alerts });
        const second = await sendAll({ dice, site: own, alerts });
        return [first.acknowledged, second.acknowledged];
      }),
    );
    assert.deepEqual(countOperations(both.flat(), alerts.length), [1], 'one operation for each alert');
    await meanwhile(closing);
    const last = await sendAll({ dice: diceFor(name), site, alerts });
    const acknowledged = [...both.flat(), last.acknowledged];
    const [url = ''] = urls;
    const counts = await everythingEnds({ url, alerts: alerts.length, acknowledged, explain });
    t.diagnostic(`seed ${SEED}, ${name}: ${JSON.stringify(counts)}`);
    onlyEndedBy(counts, ...GOOD_ENDS);
    check();
  });
}

/** How many different operations serve one alert; each number once. */
function countOperations(acknowledged: readonly Acknowledged[], alerts: number): readonly number[] {
  const numbers = Array.from(
    { length: alerts },
    (_, place) => new Set(acknowledged.flatMap((each) => [...(each.get(place) ?? [])])).size,
  );
  return [...new Set(numbers)];
}

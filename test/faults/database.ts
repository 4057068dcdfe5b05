/** The database goes away while alerts come in, and comes back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { delivery } from '../support/alerts.ts';
import { json } from '../support/operator.ts';
import { startCluster } from '../support/postgres.ts';
import { everythingEnds, GOOD_ENDS, onlyEndedBy } from './ends.ts';
import { byForm, diceFor, SEED } from './form.ts';
import { planRound } from './plan.ts';
import { post, sendAll } from './senders.ts';
import { buildSite, postgresOf } from './site.ts';

const MACHINES = byForm({ short: 200, long: 2_000 });
const GONE_MS = byForm({ short: 3_000, long: 10_000 });

export function describeLostDatabase(): void {
  test(`the database is gone for ${GONE_MS / 1_000} s`, async (t) => {
    await using stack = new AsyncDisposableStack();
    // Its own, because it is stopped under whoever uses it.
    const cluster = stack.use(await startCluster());
    const site = stack.use(await buildSite({ machines: MACHINES, store: postgresOf(cluster), replicas: 2 }));
    const { sandbox, urls, explain } = site;
    const dice = diceFor('database');
    const { alerts, check } = planRound({ sandbox, dice, machines: MACHINES, wantedBackEvery: 0 });

    const sent = sendAll({ dice, site, alerts, senders: 2, pauseMs: 200, most: 20 });
    await sandbox.until(() => (sandbox.counts.get('StopInstances') ?? 0) > 0, { timeoutMs: 60_000 });
    await cluster.stop();
    const gone = pause(GONE_MS);
    for (const url of urls) {
      const answer = await post(`${url}/operateHostname`, json(delivery(alerts.slice(0, 3))));
      assert.equal(answer.status, 503, `${answer.text}\n${explain()}`);
      assert.equal((await fetch(`${url}/readyz`)).status, 503);
      assert.equal((await fetch(`${url}/healthz`)).status, 200, 'a restart would not help');
    }
    await gone;
    await cluster.start();

    const { acknowledged, statuses } = await sent;
    const url = dice.pick(urls);
    const counts = await everythingEnds({ url, alerts: alerts.length, acknowledged: [acknowledged], explain });
    t.diagnostic(`seed ${SEED}: ${JSON.stringify(counts)}, statuses ${JSON.stringify([...statuses])}`);
    onlyEndedBy(counts, ...GOOD_ENDS);
    check();
    for (const each of urls) assert.equal((await fetch(`${each}/readyz`)).status, 200);
  });
}

/** SIGTERM in the middle of everything: it goes quickly, and what it leaves behind is finished by whoever comes next. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { everythingEnds, GOOD_ENDS, onlyEndedBy } from './ends.ts';
import { byForm, diceFor, SEED } from './form.ts';
import { planRound } from './plan.ts';
import { sendAll } from './senders.ts';
import { buildSite, type NewStore } from './site.ts';

const MACHINES = byForm({ short: 250, long: 2_000 });
const TIMES = byForm({ short: 2, long: 20 });
const LIMIT_MS = 10_000;

/** More stops than EC2's bucket for instances holds (1,000, of which four fifths are ours): the rest waits for minutes. */
const BEYOND_QUOTA = 1_300;

export function describeSigtermAtQuota(store: NewStore): void {
  test("SIGTERM while operations wait for EC2's rate limit", async (t) => {
    await using site = await buildSite({ machines: BEYOND_QUOTA, store, replicas: 1 });
    const { sandbox, urls, replicas, explain } = site;
    const dice = diceFor('SIGTERM at the quota');
    const { alerts, check } = planRound({ sandbox, dice, machines: BEYOND_QUOTA, wantedBackEvery: 0 });
    const { acknowledged } = await sendAll({ dice, site, alerts });
    const left = (): number => sandbox.instances().filter(({ state }) => state === 'running').length;
    await sandbox.until(() => left() < BEYOND_QUOTA / 2, { timeoutMs: 60_000 });
    const replica = dice.pick(replicas);
    const began = performance.now();
    assert.equal(await replica.terminate(), 0, replica.tail());
    const tookMs = Math.round(performance.now() - began);
    assert.ok(tookMs < LIMIT_MS, `it took ${tookMs} ms to end`);
    replica.start();
    await replica.ready();
    const url = dice.pick(urls);
    const counts = await everythingEnds({ url, alerts: alerts.length, acknowledged: [acknowledged], explain });
    t.diagnostic(`seed ${SEED}: ${JSON.stringify(counts)}, it took ${tookMs} ms to end`);
    onlyEndedBy(counts, ...GOOD_ENDS);
    check();
  });
}

export function describeSigterm(name: string, store: NewStore, replicas: number): void {
  test(`SIGTERM during load: ${name}`, async (t) => {
    await using site = await buildSite({ machines: MACHINES, store, replicas });
    const { sandbox, urls, replicas: all, explain } = site;
    const dice = diceFor(`SIGTERM, ${name}`);
    const { alerts, check } = planRound({ sandbox, dice, machines: MACHINES, wantedBackEvery: 0 });
    // Some calls are under way at any time.
    sandbox.faults.add({ kind: 'slow', ms: 500, probability: 0.5 });
    const sent = sendAll({ dice: diceFor(`${name}, senders`), site, alerts, pauseMs: 300, most: 20 });
    const tookMs: number[] = [];
    for (let count = 0; count < TIMES; count += 1) {
      const replica = dice.pick(all);
      await pause(dice.between(100, 1_000));
      const began = performance.now();
      assert.equal(await replica.terminate(), 0, replica.tail());
      tookMs.push(Math.round(performance.now() - began));
      replica.start();
      await replica.ready();
    }
    // Not a measurement: whoever takes longer is killed by its platform.
    assert.ok(Math.max(...tookMs) < LIMIT_MS, `it took ${tookMs.join(', ')} ms to end`);
    const { acknowledged } = await sent;
    const url = dice.pick(urls);
    const counts = await everythingEnds({ url, alerts: alerts.length, acknowledged: [acknowledged], explain });
    t.diagnostic(`seed ${SEED}, ${name}: ${JSON.stringify(counts)}, it took ${tookMs.join(', ')} ms to end`);
    onlyEndedBy(counts, ...GOOD_ENDS);
    check();
  });
}

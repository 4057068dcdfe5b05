/** The operator is killed at random moments, again and again, while alerts keep coming; the same store every time. */
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { everythingEnds, GOOD_ENDS, onlyEndedBy } from './ends.ts';
import { byForm, diceFor, SEED, type Dice } from './form.ts';
import { planRound } from './plan.ts';
import { sendAll } from './senders.ts';
import { buildSite, type NewStore, type Site } from './site.ts';

const MACHINES = byForm({ short: 250, long: 2_000 });
const KILLS = 3;

export function describeKills(name: string, store: NewStore, replicas: number, rounds: number): void {
  test(`killed at random moments: ${name}`, async (t) => {
    await using site = await buildSite({ machines: MACHINES, store, replicas });
    for (let round = 1; round <= rounds; round += 1) await killRound(t, site, `${name}, round ${round}`);
  });
}

async function killRound(t: TestContext, site: Site, name: string): Promise<void> {
  const dice = diceFor(name);
  const { sandbox, urls, explain } = site;
  const { alerts, meanwhile, check } = planRound({ sandbox, dice, machines: MACHINES });
  const stop = new AbortController();
  const people = meanwhile(stop.signal);
  try {
    const [{ acknowledged }] = await Promise.all([
      // Slow enough that there are moments to be killed at.
      sendAll({ dice: diceFor(`${name}, senders`), site, alerts, pauseMs: 150 }),
      killNowAndThen(site, dice),
    ]);
    // The alerts still fire: all of them are sent again, also for machines that somebody has started meanwhile.
    await people;
    const again = await sendAll({ dice, site, alerts });
    const counts = await everythingEnds({
      url: dice.pick(urls),
      alerts: alerts.length,
      acknowledged: [acknowledged, again.acknowledged],
      explain,
    });
    t.diagnostic(`seed ${SEED}, ${name}: ${JSON.stringify(counts)}`);
    check();
    onlyEndedBy(counts, ...GOOD_ENDS);
  } catch (error) {
    throw new Error(`seed ${SEED}, ${name}\n${explain()}`, { cause: error });
  } finally {
    stop.abort();
    await people.catch(() => undefined);
  }
}

/** Now and then already while it is starting. */
async function killNowAndThen({ replicas }: Site, dice: Dice): Promise<void> {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const replica = dice.pick(replicas);
    await pause(dice.between(20, 1_200));
    await replica.kill();
    await pause(dice.between(0, 300));
    replica.start();
    if (dice.roll() < 0.3) {
      await pause(dice.between(0, 600));
      await replica.kill();
      replica.start();
    }
    await replica.ready();
  }
}

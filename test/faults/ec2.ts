/** EC2 at its worst: it throttles, fails, loses answers after it has carried a call out, and shows old states. */
import { test, type TestContext } from 'node:test';
import type { Fault } from '../../src/sandbox/faults.ts';
import { everythingEnds, onlyEndedBy, GOOD_ENDS } from './ends.ts';
import { byForm, diceFor, SEED } from './form.ts';
import { planRound } from './plan.ts';
import { sendAll } from './senders.ts';
import { buildSite, sqlite } from './site.ts';

const MACHINES = byForm({ short: 150, long: 2_000 });
/** Bad weather ends some time. What it has hit often by then waits for up to a minute more. */
const LASTS_MS = byForm({ short: 12_000, long: 120_000 });
const CHANGES = ['StopInstances', 'StartInstances'] as const;

interface Weather {
  readonly name: string;
  readonly faults: readonly Fault[];
  /**
   * Whether people start machines again meanwhile. Not while describe lags: for those seconds a machine that somebody has
   * started again looks like one that was never stopped, to everybody.
   */
  readonly wantedBack: boolean;
}

const WEATHERS: readonly Weather[] = [
  {
    name: 'EC2 throttles 30 % of the calls',
    faults: [{ kind: 'throttle', probability: 0.3 }],
    wantedBack: true,
  },
  {
    name: 'EC2 answers a third of the calls with 500 and 503',
    faults: [
      { kind: 'error', probability: 0.2, status: 500 },
      { kind: 'error', probability: 0.15, code: 'Unavailable', status: 503 },
    ],
    wantedBack: true,
  },
  {
    name: 'EC2 cuts connections, before and after it has carried the call out',
    faults: [
      { kind: 'reset', when: 'before', probability: 0.2 },
      ...CHANGES.map((action): Fault => ({ kind: 'reset', when: 'after', probability: 0.5, action })),
    ],
    wantedBack: true,
  },
  {
    name: 'EC2 shows old states for 5 s, and loses answers',
    faults: [
      { kind: 'lag', ms: 5_000 },
      ...CHANGES.map((action): Fault => ({ kind: 'reset', when: 'after', probability: 0.3, action })),
    ],
    wantedBack: false,
  },
];

export function describeEc2(): void {
  for (const weather of WEATHERS) test(weather.name, async (t) => survive(t, weather));
}

async function survive(t: TestContext, { name, faults, wantedBack }: Weather): Promise<void> {
  const dice = diceFor(name);
  await using site = await buildSite({
    machines: MACHINES,
    store: sqlite,
    replicas: 1,
    random: diceFor(`${name}, EC2`).roll,
  });
  const { sandbox, urls, explain } = site;
  const round = planRound({ sandbox, dice, machines: MACHINES, wantedBackEvery: wantedBack ? 10 : 0 });
  for (const fault of faults) sandbox.faults.add(fault);
  const clearing = setTimeout(sandbox.faults.clear, LASTS_MS);
  const stop = new AbortController();
  const people = round.meanwhile(stop.signal);
  const { alerts } = round;
  try {
    const first = await sendAll({ dice, site, alerts, pauseMs: 100 });
    await people;
    const again = await sendAll({ dice, site, alerts });
    const acknowledged = [first.acknowledged, again.acknowledged];
    const counts = await everythingEnds({ url: dice.pick(urls), alerts: alerts.length, acknowledged, explain });
    t.diagnostic(
      `seed ${SEED}: ${JSON.stringify(counts)}, calls: ${JSON.stringify(Object.fromEntries(sandbox.counts))}`,
    );
    round.check();
    onlyEndedBy(counts, ...GOOD_ENDS);
  } catch (error) {
    throw new Error(`seed ${SEED}, ${name}\n${explain()}`, { cause: error });
  } finally {
    clearTimeout(clearing);
    stop.abort();
    await people.catch(() => undefined);
  }
}

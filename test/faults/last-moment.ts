/**
 * People say no to stops in their last milliseconds, each through a replica of its own: after the last look at the machine, while the
 * stop is marked as sent, while EC2 is asked. Whatever they are told is true: the no came in time, and the operation does not stop the
 * machine; or the stop was sent, and EC2 was asked.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ENDED_STATES } from '../../src/domain/operation.ts';
import { operationAnswerSchema, receiptsSchema, type OperationBody } from '../../src/http/schemas.ts';
import type { SandboxCall } from '../../src/sandbox/call-log.ts';
import { delivery, stopAlert } from '../support/alerts.ts';
import { idOf } from '../support/fleet.ts';
import { json } from '../support/operator.ts';
import { byForm, diceFor, ROUNDS, SEED, type Dice } from './form.ts';
import { NOS, type No, type Said, type Stop } from './nos.ts';
import { post } from './senders.ts';
import { buildSite, CAMPAIGN_CONFIG, type NewStore, type Site } from './site.ts';

/** One trial for each machine in each round. */
const MACHINES = byForm({ short: 30, long: 40 });
const SPREAD_MS = 500;
/** A dead replica's claim holds for half a minute, and a call that may have been lost is awaited for a minute. */
const PATIENCE = { timeoutMs: 180_000 };
/** In these rounds a replica dies: a stop may be marked and never sent, and takes a minute to end. */
const isDeadly = (round: number): boolean => round % 10 === 1;

export function describeLastMoment(name: string, store: NewStore, replicas: number): void {
  test(`a person's no in the last moment of a stop: ${name}`, async (t) => {
    const config = `${CAMPAIGN_CONFIG}aws: { rate_limits: none }\n`;
    const timings = { startMs: 100, stopMs: 200 };
    await using site = await buildSite({ machines: MACHINES, store, replicas, timings, config });
    const { sandbox, explain } = site;
    sandbox.faults.add({ kind: 'slow', action: 'DescribeInstances', ms: 30, probability: 0.3 });
    sandbox.faults.add({ kind: 'slow', action: 'StopInstances', ms: 60, probability: 0.3 });
    sandbox.faults.add({ kind: 'throttle', action: 'StopInstances', probability: 0.05 });
    sandbox.faults.add({ kind: 'reset', when: 'after', action: 'StopInstances', probability: 0.03 });
    const counts: Record<string, number> = {};
    for (let round = 0; round < ROUNDS; round += 1) {
      try {
        for (const { no, said } of await runRound(site, `${name}, round ${round}`, isDeadly(round))) {
          const what = `${no.name}: ${said.said}`;
          counts[what] = (counts[what] ?? 0) + 1;
        }
      } catch (error) {
        throw new Error(`seed ${SEED}, ${name}, round ${round}\n${explain()}`, { cause: error });
      }
    }
    t.diagnostic(`seed ${SEED}, ${name}: ${JSON.stringify(counts)}`);
  });
}

interface Trial {
  readonly no: No;
  readonly stop: Stop;
  readonly said: Said;
  readonly end: OperationBody;
}

async function runRound(site: Site, name: string, isDying: boolean): Promise<readonly Trial[]> {
  const { sandbox, replicas } = site;
  const firstCall = sandbox.calls.length;
  const trials = Promise.all(
    Array.from({ length: MACHINES }, async (_, index) =>
      runTrial(site, diceFor(`${name}, machine ${index}`), idOf(index + 1), index + 1),
    ),
  );
  const dice = diceFor(`${name}, death`);
  const dying = async (): Promise<void> => {
    const replica = dice.pick(replicas);
    await pause(dice.between(100, SPREAD_MS + 300));
    await replica.kill();
    replica.start();
    await replica.ready();
  };
  const [ended] = await Promise.all([trials, isDying ? dying() : undefined]);
  const calls = sandbox.calls.slice(firstCall).filter(({ action }) => action === 'StopInstances');
  for (const trial of ended) expectTruth(trial, calls, { isDying, state: sandbox.instance(trial.stop.instance).state });
  return ended;
}

function expectTruth(
  { stop, said, end, no }: Trial,
  calls: readonly SandboxCall[],
  { isDying, state }: { readonly isDying: boolean; readonly state: string },
): void {
  const own = calls.filter(({ instanceIds }) => instanceIds.includes(stop.instance));
  const done = own.filter(({ errorCode }) => errorCode === undefined);
  const what = JSON.stringify({ said, end, own }, null, 1);
  assert.ok(done.length <= 1, `stopped twice: ${what}`);
  if (said.said === 'in_time') {
    assert.deepEqual([done.length, state], [0, 'running'], `stopped although the no came in time: ${what}`);
    no.expectEnd(end);
    return;
  }
  // A replica that dies between the mark and the call has sent nothing.
  if (!isDying) assert.ok(own.length > 0, `EC2 was not asked: ${what}`);
  const isStopped = end.state === 'succeeded';
  assert.equal(state, isStopped ? 'stopped' : 'running', what);
  assert.equal(done.length, isStopped ? 1 : 0, what);
}

async function runTrial(site: Site, dice: Dice, instance: string, number: number): Promise<Trial> {
  const { sandbox } = site;
  const no = dice.pick(NOS);
  const startsAt = new Date().toISOString();
  sandbox.set(instance, { state: 'running', launchTime: Date.parse(startsAt) - 3_600_000 });
  await pause(dice.between(0, SPREAD_MS));
  const firstCall = sandbox.calls.length;
  const stop = { instance, operation: await sendAlert(site, dice, stopAlert(number, { startsAt })) };
  const isLooked = (): boolean =>
    sandbox.calls.slice(firstCall).some(({ instanceIds }) => instanceIds.includes(instance));
  // The machine was found by its address: the first call that names its id is the last look before the stop.
  if (dice.roll() < 0.8) await sandbox.until(isLooked, { ...PATIENCE, signal: site.closing });
  await pause(dice.between(0, dice.pick([5, 15, 50])));
  const said = await askUntil('the no is answered', site, async () => no.say(dice.pick(site.urls), stop));
  await no.takeBack(dice.pick(site.urls), stop);
  const end = await askUntil('the stop has ended', site, async () => {
    const { status, text } = await post(`${dice.pick(site.urls)}/api/v1/operations/${stop.operation}`, {});
    if (status !== 200) return undefined;
    const { operation } = operationAnswerSchema.parse(JSON.parse(text));
    return ENDED_STATES.some((state) => state === operation.state) ? operation : undefined;
  });
  await sandbox.until(() => !['pending', 'stopping'].includes(sandbox.instance(instance).state), PATIENCE);
  return { no, stop, said, end };
}

/** Sends like Alertmanager, until the alert is acknowledged. */
async function sendAlert(site: Site, dice: Dice, alert: ReturnType<typeof stopAlert>): Promise<string> {
  return askUntil('the alert is acknowledged', site, async () => {
    const { status, text } = await post(`${dice.pick(site.urls)}/operateHostname`, json(delivery([alert])));
    return status === 200 ? receiptsSchema.parse(JSON.parse(text)).receipts[0]?.operation : undefined;
  });
}

async function askUntil<T>(what: string, { explain, closing }: Site, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + PATIENCE.timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    assert.ok(performance.now() < deadline, `waited in vain for this: ${what}\n${explain()}`);
    await pause(50, undefined, { signal: closing });
  }
}

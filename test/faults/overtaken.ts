/**
 * A person asks to start machines that alerts are stopping at that very moment, over and over, each through a replica of its
 * own. Whatever she is told, it is true: her machine runs in the end, and nobody stops it after she was told that it runs.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { OperationBody } from '../../src/http/schemas.ts';
import { stopAlert } from '../support/alerts.ts';
import { idOf, machines } from '../support/fleet.ts';
import { requestsTo, startOperator, type Operator } from '../support/operator.ts';
import { byForm, diceFor, SEED, type Dice } from './form.ts';
import { CAMPAIGN_CONFIG, type NewStore } from './site.ts';

/** One trial for each machine in each round; a stop is over in less than a second. */
const MACHINES = byForm({ short: 25, long: 40 });
const ROUNDS = byForm({ short: 2, long: 75 });
const SPREAD_MS = 700;

export function describeOvertaken(name: string, newStore: NewStore, replicas: number): void {
  test(`a person is not overtaken by an alert: ${name}`, async (t) => {
    await using stack = new AsyncDisposableStack();
    const environment = await newStore(stack);
    const config = `${CAMPAIGN_CONFIG}aws: { rate_limits: none }\n`;
    const [first, ...others] = await startAll(stack, replicas, { environment, config });
    const { sandbox } = first;
    sandbox.faults.add({ kind: 'slow', action: 'DescribeInstances', ms: 150, probability: 0.4 });
    sandbox.faults.add({ kind: 'slow', action: 'StopInstances', ms: 200, probability: 0.4 });
    sandbox.faults.add({ kind: 'lag', action: 'StopInstances', ms: 400, probability: 0.3 });
    sandbox.faults.add({ kind: 'reset', when: 'after', action: 'StopInstances', probability: 0.05 });
    const reasons: Record<string, number> = {};
    for (let round = 0; round < ROUNDS; round += 1) {
      const trials = Array.from({ length: MACHINES }, async (_, index) => {
        const dice = diceFor(`${name}, round ${round}, machine ${index}`);
        return runTrial([first, ...others].map(patiently), dice, index + 1, round);
      });
      for (const { start, stop } of await allOf(trials)) {
        const what = `${start.reason} beside ${stop.reason}`;
        reasons[what] = (reasons[what] ?? 0) + 1;
      }
    }
    t.diagnostic(`seed ${SEED}, ${name}: ${JSON.stringify(reasons)}`);
  });
}

/** All come to their end before the first error ends the operators: otherwise their broken connections would hide it. */
async function allOf<T>(trials: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(trials);
  return Promise.all(trials);
}

async function startAll(
  stack: AsyncDisposableStack,
  replicas: number,
  options: { readonly environment: Readonly<Record<string, string>>; readonly config: string },
): Promise<readonly [Operator, ...Operator[]]> {
  const first = stack.use(
    await startOperator({ ...options, machines: machines(MACHINES), timings: { startMs: 100, stopMs: 200 } }),
  );
  const others: Operator[] = [];
  while (others.length < replicas - 1) others.push(stack.use(await startOperator({ ...options, after: first })));
  return [first, ...others];
}

function patiently(operator: Operator): Operator {
  return { ...operator, ...requestsTo(operator.url, {}, sendAgain) };
}

/**
 * A busy machine resets connections, and its database lets requests wait too long. People and senders repeat what got no answer, or
 * 503, by which nothing was accepted: a copy joins, or is done.
 */
async function sendAgain(...request: Parameters<typeof fetch>): Promise<Response> {
  for (let tries = 3; tries > 1; tries -= 1) {
    const answer = await fetch(...request).catch(lost);
    if (answer !== undefined && answer.status !== 503) return answer;
  }
  return fetch(...request);
}

function lost(error: unknown): undefined {
  if (!(error instanceof TypeError)) throw error;
}

interface Ends {
  readonly start: OperationBody;
  readonly stop: OperationBody;
}

async function runTrial(operators: readonly Operator[], dice: Dice, number: number, round: number): Promise<Ends> {
  const { sandbox } = dice.pick(operators);
  // Each round is another episode, which has begun after what she said in the round before.
  const startsAt = new Date().toISOString();
  sandbox.set(idOf(number), { state: 'running', launchTime: Date.parse(startsAt) - 3_600_000 });
  const alert = stopAlert(number, { startsAt });
  const stopping = delay(dice.between(0, SPREAD_MS)).then(async () =>
    dice.pick(operators).post('/operateHostname', [alert]),
  );
  await delay(dice.between(0, SPREAD_MS));
  const person = dice.pick(operators);
  const asked = await person.ask(
    `/operateInstance?instance=${idOf(number)}&action=start&client=native&dryrun=false&wait=60s`,
  );
  const start = await person.end(asked.operation.id);
  const told = Date.now();
  const [receipt] = await stopping;
  const stop = await person.end(receipt?.operation);
  // Alertmanager sends the whole group again.
  const [copy] = await dice.pick(operators).post('/operateHostname', [alert]);
  if (copy?.operation !== undefined) await person.end(copy.operation);

  const what = `round ${round}, machine ${number}: ${JSON.stringify({ start, stop })}`;
  assert.equal(start.state, 'succeeded', what);
  const later = sandbox.calls.filter(
    ({ action, at, instanceIds }) => action === 'StopInstances' && at > told && instanceIds.includes(idOf(number)),
  );
  assert.deepEqual(later, [], `stopped after she was told that it runs: ${what}`);
  await sandbox.until(() => !['pending', 'stopping'].includes(sandbox.instance(idOf(number)).state));
  assert.equal(sandbox.instance(idOf(number)).state, 'running', what);
  return { start, stop };
}

/** What a round asks for, what other people do meanwhile, and what must have become of it all. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Verb } from '../../src/domain/intent.ts';
import type { SandboxMachine } from '../../src/sandbox/machine.ts';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { alert, type AlertBody } from '../support/alerts.ts';
import { addressOf, idOf } from '../support/fleet.ts';
import type { Dice } from './form.ts';

interface Task {
  readonly id: string;
  readonly verb: Verb;
  /** Somebody starts the machine again after we have stopped it, while the alert still fires. */
  readonly wantedBack: boolean;
  readonly launchedAt: number;
}

export interface Round {
  /** In the order of the machines' numbers, from 1. */
  readonly alerts: readonly AlertBody[];
  /** Plays the people who want their machines back; resolves when each has got its own. */
  readonly meanwhile: (signal: AbortSignal) => Promise<void>;
  /** What must be true once every operation has ended. */
  readonly check: () => void;
}

export interface PlanOptions {
  readonly sandbox: Sandbox;
  readonly dice: Dice;
  readonly machines: number;
  /** Every so many-th stop is of a machine that somebody wants back; 0: none. Default 10. */
  readonly wantedBackEvery?: number;
}

const ALERT_AGE_MS = 30_000;
const LAUNCH_AGE_MS = 60_000;

/** Puts the machines into the state that the alerts speak of: four of five run and are to be stopped. */
export function planRound(options: PlanOptions): Round {
  const { sandbox, dice, machines, wantedBackEvery = 10 } = options;
  const now = Date.now();
  const tasks = Array.from({ length: machines }, (_, index): Task => {
    const id = idOf(index + 1);
    const verb = index % 5 === 4 ? 'start' : 'stop';
    const wantedBack = verb === 'stop' && wantedBackEvery > 0 && index % wantedBackEvery === 0;
    sandbox.set(id, { state: verb === 'stop' ? 'running' : 'stopped', launchTime: now - LAUNCH_AGE_MS });
    return { id, verb, wantedBack, launchedAt: now - LAUNCH_AGE_MS };
  });
  const startsAt = new Date(now - ALERT_AGE_MS).toISOString();
  const bystanders = sandbox.instances().filter(({ id }) => !tasks.some((task) => task.id === id));
  const firstCall = sandbox.calls.length;
  const launchedAgain = new Map<string, number>();

  const wantBack = async ({ id }: Task, signal: AbortSignal): Promise<void> => {
    await sandbox.until(() => sandbox.instance(id).state === 'stopped', { timeoutMs: 300_000, signal });
    await pause(dice.between(0, 2_500));
    const launchTime = Date.now();
    sandbox.set(id, { state: 'running', launchTime });
    launchedAgain.set(id, launchTime);
  };
  return {
    alerts: tasks.map(({ verb }, index) => alert({ action: verb, hostname: addressOf(index + 1) }, { startsAt })),
    meanwhile: async (signal) => {
      await Promise.all(tasks.filter(({ wantedBack }) => wantedBack).map(async (task) => wantBack(task, signal)));
    },
    check: () => {
      for (const task of tasks) checkTask(sandbox, task, launchedAgain.get(task.id), firstCall);
      checkOthers(sandbox, bystanders, new Set(tasks.map(({ id }) => id)), firstCall);
    },
  };
}

function checkTask(sandbox: Sandbox, task: Task, launchedAgain: number | undefined, firstCall: number): void {
  const { id, verb, wantedBack, launchedAt } = task;
  const { state, launchTime } = sandbox.instance(id);
  if (!wantedBack) {
    assert.equal(state, verb === 'stop' ? 'stopped' : 'running', `${id} was to ${verb}`);
    if (verb === 'stop') assert.equal(launchTime, launchedAt, `${id} was only to be stopped`);
    return;
  }
  // Within one launch a machine can be stopped once: what EC2 is told again then changes nothing. After the next launch
  // the same alert must not stop it.
  assert.ok(launchedAgain !== undefined, `${id} was never stopped`);
  const again = changesSince(sandbox, firstCall).filter(({ at, ids }) => at > launchedAgain && ids.includes(id));
  assert.deepEqual(again, [], `${id} was asked to change after somebody had started it again`);
  assert.deepEqual({ state, launchTime }, { state: 'running', launchTime: launchedAgain }, `${id} was wanted back`);
}

function checkOthers(
  sandbox: Sandbox,
  before: readonly SandboxMachine[],
  ours: ReadonlySet<string>,
  firstCall: number,
): void {
  for (const machine of before) assert.deepEqual(sandbox.instance(machine.id), machine, 'nobody asked for this one');
  const foreign = changesSince(sandbox, firstCall).flatMap(({ ids }) => ids.filter((id) => !ours.has(id)));
  assert.deepEqual(foreign, [], 'machines that no alert named');
}

/** The calls that EC2 has carried out, answered or not. */
function changesSince(
  { calls }: Sandbox,
  firstCall: number,
): readonly { readonly at: number; readonly ids: readonly string[] }[] {
  return calls
    .slice(firstCall)
    .filter(
      ({ action, errorCode, account }) => action !== 'DescribeInstances' && errorCode === undefined && account !== '',
    )
    .map(({ at, instanceIds }) => ({ at, ids: instanceIds }));
}

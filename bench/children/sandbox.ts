/** The endpoint: EC2's sandbox with as many equal machines as asked for, and the time at which each was told of. */
import { hash } from 'node:crypto';
import * as z from 'zod';
import { parseFleet } from '../../src/sandbox/fleet.ts';
import type { SandboxMachine } from '../../src/sandbox/machine.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import type { Fleet } from '../../src/sandbox/world.ts';
import { monotonicMs } from '../clock.ts';
import { addressOf, idOf, numbers, REGION } from '../machines.ts';
import { answerQuestions } from './answer.ts';

const question = z.discriminatedUnion('ask', [
  /** Another sandbox instead of the one before. The first machines are stopped, the others run. */
  z.object({
    ask: z.literal('start'),
    machines: z.number(),
    stopped: z.number(),
    asPeopleHaveThem: z.boolean(),
    delayMs: z.number(),
    throttling: z.boolean(),
  }),
  /** What came so far does not count. */
  z.object({ ask: z.literal('mark') }),
  /** Once so many machines have been told to stop or to start. */
  z.object({ ask: z.literal('told'), count: z.number(), timeoutMs: z.number() }),
  z.object({ ask: z.literal('calls') }),
]);

/** Wall clock time with the monotonic clock's precision; subtracting the offset leads back to the monotonic clock. */
const offsetMs = Date.now() - monotonicMs();

let sandbox: Sandbox | undefined;
let marked = 0;
let read = 0;
const told = new Map<string, number>();

answerQuestions(question, async (asked) => {
  switch (asked.ask) {
    case 'start':
      await sandbox?.close();
      sandbox = await startSandbox({
        fleet: fleetOf(asked),
        timings: { startMs: 500, stopMs: 500 },
        throttling: asked.throttling,
        clock: () => monotonicMs() + offsetMs,
        keepCalls: 1_000_000,
      });
      if (asked.delayMs > 0) sandbox.faults.add({ kind: 'slow', ms: asked.delayMs });
      mark();
      return sandbox.url;
    case 'mark':
      mark();
      return undefined;
    case 'told':
      await running().until(() => readCalls() >= asked.count, { timeoutMs: asked.timeoutMs });
      return [...told];
    case 'calls':
      return running()
        .calls.slice(marked)
        .map(({ action, at, errorCode }) => ({ action, at: at - offsetMs, errorCode }));
  }
});

function running(): Sandbox {
  if (sandbox === undefined) throw new Error('expected the sandbox to be started first');
  return sandbox;
}

function mark(): void {
  marked = sandbox?.calls.length ?? 0;
  read = marked;
  told.clear();
}

/** @returns how many machines have been told of */
function readCalls(): number {
  const { calls } = running();
  for (; read < calls.length; read += 1) {
    const call = calls[read];
    if (call === undefined || call.status !== 200 || call.dryRun || call.action === 'DescribeInstances') continue;
    for (const id of call.instanceIds) if (!told.has(id)) told.set(id, call.at - offsetMs);
  }
  return told.size;
}

interface FleetForm {
  readonly machines: number;
  readonly stopped: number;
  readonly asPeopleHaveThem: boolean;
}

function fleetOf({ machines, stopped, asPeopleHaveThem }: FleetForm): Fleet {
  return {
    accounts: one('running').accounts,
    machines: numbers(1, machines).map((number) => {
      const machine = numbered(number <= stopped ? STOPPED : RUNNING, number);
      return asPeopleHaveThem ? named(machine, number) : machine;
    }),
  };
}

const TYPES = ['g5.xlarge', 'g5.12xlarge', 'p4d.24xlarge', 'g6.2xlarge', 'g4dn.xlarge'] as const;

/** All with GPUs: others are not watched. Ids that do not count up do not compress either: a page is as large as with machines of people. */
function named(machine: SandboxMachine, number: number): SandboxMachine {
  const random = hash('sha256', String(number));
  const tags = { Name: `train-${random.slice(20, 23)}-${number}`, owner: `person-${number % 37}@example.com` };
  return {
    ...machine,
    id: `i-0${random.slice(0, 16)}`,
    type: TYPES[number % TYPES.length] ?? machine.type,
    tags: { ...machine.tags, ...tags },
  };
}

function numbered(machine: SandboxMachine, number: number): SandboxMachine {
  const [primary] = machine.interfaces;
  return { ...machine, id: idOf(number), interfaces: [{ ...primary, privateIp: addressOf(number) }] };
}

function one(state: 'running' | 'stopped'): Fleet {
  const machine = { id: idOf(0), region: REGION, type: 'g5.xlarge', private_ip: addressOf(0), state };
  return parseFleet(JSON.stringify({ machines: [machine] }), Date.now());
}

function oneMachine(state: 'running' | 'stopped'): SandboxMachine {
  const [machine] = one(state).machines;
  if (machine === undefined) throw new Error('expected one machine');
  return machine;
}

const RUNNING = oneMachine('running');
const STOPPED = oneMachine('stopped');

/** The embedded AWS: an endpoint whose machines exist in memory only. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createAnswerCall } from './answer-call.ts';
import { createCallLog, type SandboxCall } from './call-log.ts';
import type { UntilOptions } from './conditions.ts';
import { createFaults, type Faults } from './faults.ts';
import { defaultFleet } from './fleet.ts';
import type { SandboxMachine } from './machine.ts';
import { serve } from './serve.ts';
import { fire } from './scheduler/fire.ts';
import { createSchedules, type SandboxSchedule } from './scheduler/schedules.ts';
import type { Timings } from './transitions.ts';
import { createWorld, type Fleet, type MachineChange } from './world.ts';

export interface SandboxOptions {
  /** The fleet that ships with the project by default. */
  readonly fleet?: Fleet;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** 127.0.0.1 by default. */
  readonly host?: string;
  /** 3 s for a start, 5 s for a stop and 3 s for the status checks by default. EC2 takes half a minute, or some. */
  readonly timings?: Partial<Timings>;
  /** Whether EC2's token buckets count; false by default. */
  readonly throttling?: boolean;
  /** In milliseconds since the epoch; the system's clock by default. */
  readonly clock?: () => number;
  /** From 0 to below 1; decides about faults with a probability. */
  readonly random?: () => number;
  /** How many calls `calls` keeps; 10,000 by default. */
  readonly keepCalls?: number;
}

export interface Sandbox extends AsyncDisposable {
  /** The endpoint of every service, such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** The latest calls, oldest first; the array itself grows. */
  readonly calls: readonly SandboxCall[];
  /** The number of calls since the start, by action. */
  readonly counts: ReadonlyMap<string, number>;
  readonly faults: Faults;
  /** The machine now. @throws Error for an unknown id */
  readonly instance: (id: string) => SandboxMachine;
  readonly instances: () => readonly SandboxMachine[];
  /** EventBridge Scheduler's schedules, after those that are due were carried out. */
  readonly schedules: () => readonly SandboxSchedule[];
  /** Adds a machine or replaces the one with its id. */
  readonly put: (machine: SandboxMachine) => void;
  /** Changes a machine. A new `state` stays until a call changes it. */
  readonly set: (id: string, change: MachineChange) => SandboxMachine;
  /** Resolves when the condition holds. It is checked after every call and every change of a machine. */
  readonly until: (condition: () => boolean, options?: UntilOptions) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const now = options.clock ?? Date.now;
  const timings = { startMs: 3000, stopMs: 5000, checksMs: 3000, ...options.timings };
  const world = createWorld(options.fleet ?? defaultFleet(now()), timings, now);
  const log = createCallLog(options.keepCalls ?? 10_000);
  const faults = createFaults(options.random ?? Math.random);
  const closing = new AbortController();
  const schedules = createSchedules(now, (schedule) => fire({ world, faults, log }, schedule, schedules));
  const answerCall = createAnswerCall(world, schedules, options.throttling ?? false);
  const parts = { world, answerCall, log, faults, schedules, closing: closing.signal };
  const server = createServer((request, response) => void serve(request, response, parts));
  // SDKs keep connections open. Node's default of 5 s would race with their next call.
  server.keepAliveTimeout = 60_000;
  const host = options.host ?? '127.0.0.1';
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');

  const close = async (): Promise<void> => {
    closing.abort();
    schedules.close();
    world.close();
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const instance = (id: string): SandboxMachine => {
    schedules.catchUp();
    const machine = world.find(id);
    if (machine === undefined) throw new Error(`Expected the id of a machine in the sandbox, got ${id}`);
    return machine;
  };
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${portOf(server)}`,
    calls: log.calls,
    counts: log.counts,
    faults: { add: faults.add, clear: faults.clear },
    instance,
    instances: () => {
      schedules.catchUp();
      return world.all();
    },
    schedules: () => {
      schedules.catchUp();
      return schedules.all();
    },
    put: (machine) => world.put([machine]),
    set: world.set,
    until: world.conditions.until,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected the sandbox to listen on a TCP port');
  return address.port;
}

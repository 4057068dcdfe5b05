import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createApi } from './api.ts';
import { createCallLog } from './calls.ts';
import type { SandboxCall } from './calls.ts';
import { createFaults } from './faults.ts';
import type { Faults } from './faults.ts';
import { defaultFleet } from './fleet.ts';
import type { Fleet } from './fleet.ts';
import type { Machine, Timings } from './machine.ts';
import { serve } from './serve.ts';
import type { UntilOptions } from './watch.ts';
import { createWorld } from './world.ts';
import type { MachineChange } from './world.ts';

/** How a sandbox starts; everything has a default. */
export type SandboxOptions = Readonly<{
  /** Default: the fleet that ships with the project. */
  fleet?: Fleet;
  /** 0, the default, takes any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Default: 3 s to start, 5 s to stop. EC2 takes half a minute and more. */
  timings?: Partial<Timings>;
  /** Whether EC2's token buckets count. Default: no. */
  throttling?: boolean;
  /** ms since the epoch. Default: the system's clock. */
  clock?: () => number;
  /** From 0 to below 1; decides on faults with a probability. */
  random?: () => number;
  /** How many calls `calls` keeps. Default 10,000. */
  keepCalls?: number;
}>;

/** A running sandbox. */
export type Sandbox = AsyncDisposable & {
  /** Endpoint for EC2 and STS, such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** The latest EC2 and STS calls, oldest first; the array itself goes on growing. */
  readonly calls: readonly SandboxCall[];
  /** How many calls of each action there have been in all. */
  readonly counts: ReadonlyMap<string, number>;
  readonly faults: Faults;
  /** A machine as it is now. Throws when there is no such id. */
  readonly instance: (id: string) => Machine;
  readonly instances: () => readonly Machine[];
  /** Adds a machine or replaces the one with its id. */
  readonly put: (machine: Machine) => void;
  /** Changes a machine: a new `state` stays until a call changes it. */
  readonly set: (id: string, change: MachineChange) => Machine;
  /** Resolves once the condition holds; looked at after every call and every change of a machine. */
  readonly until: (condition: () => boolean, options?: UntilOptions) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Starts a sandbox: an EC2 and STS endpoint with machines that exist in memory only. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const now = options.clock ?? Date.now;
  const timings = { startMs: 3000, stopMs: 5000, ...options.timings };
  const world = createWorld(options.fleet ?? defaultFleet(now()), timings, now);
  const log = createCallLog(options.keepCalls ?? 10_000);
  const faults = createFaults(options.random ?? Math.random);
  const closing = new AbortController();
  const api = createApi(world, options.throttling ?? false);
  const parts = { world, api, log, faults, closing: closing.signal };
  const server = createServer((request, response) => void serve(request, response, parts));
  // SDKs keep connections; Node's default of 5 s would race with their next call.
  server.keepAliveTimeout = 60_000;
  const host = options.host ?? '127.0.0.1';
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');

  const close = async (): Promise<void> => {
    closing.abort();
    world.close();
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const instance = (id: string): Machine => {
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
    instances: world.all,
    put: (machine) => world.put([machine]),
    set: world.set,
    until: world.watch.until,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected the sandbox to listen on a TCP port');
  return address.port;
}

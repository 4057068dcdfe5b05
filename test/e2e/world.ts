/** What the programs of a scenario share: the machines in the sandbox, and a directory. */
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { fleetOf, machine } from '../support/fleet.ts';
import { temporaryDirectory } from '../support/operator.ts';
import type { RunningProgram } from '../support/program.ts';
import type { GpuMachine } from './machines.ts';

/** The machines and a directory for everything that is written. */
export interface World extends AsyncDisposable {
  readonly machines: readonly GpuMachine[];
  readonly sandbox: Sandbox;
  readonly directory: string;
}

export async function startWorld(machines: readonly GpuMachine[]): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const directory = await temporaryDirectory(stack);
  const fleet = fleetOf(machines.map(({ number, name, state }) => machine(number, { name, state })));
  const sandbox = stack.use(await startSandbox({ fleet, timings: { startMs: 300, stopMs: 300 } }));
  const running = stack.move();
  return { machines, sandbox, directory, [Symbol.asyncDispose]: async () => running.disposeAsync() };
}

/** A program of the chain that serves HTTP. */
export interface Server extends RunningProgram {
  readonly url: string;
}

/** A program with its URL, which `findUrl` finds in what it writes. Ends the program when it does not come up. */
export async function served(running: RunningProgram, findUrl: () => Promise<string>): Promise<Server> {
  try {
    return { ...running, url: await findUrl() };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** `sandbox`: serves the embedded AWS alone, and prints the variables for AWS clients. */
import { once } from 'node:events';
import { readNumber, type Call } from '../cli/call.ts';
import { EXIT } from '../cli/command-error.ts';
import { DEFAULT_ACCOUNT } from './account.ts';
import { clientEnvironment } from './client-environment.ts';
import { readFleet } from './fleet.ts';
import type { SandboxMachine } from './machine.ts';
import { startSandbox, type SandboxOptions } from './server.ts';

/**
 * Serves until the signal aborts.
 *
 * @returns the exit code
 * @throws Error when an option or the fleet file is wrong, or the port is taken
 */
export async function runSandbox(call: Call): Promise<number> {
  await using sandbox = await startSandbox(readOptions(call));
  call.screen.write(describeSandbox(sandbox.url, sandbox.instances()).map((line) => [line]));
  if (!call.signal.aborted) await once(call.signal, 'abort');
  return EXIT.ok;
}

const HOUR_MS = 3_600_000;

function readOptions(call: Call): SandboxOptions {
  const { flags, values } = call.line;
  const startMs = readNumber(call, 'start-ms', [0, HOUR_MS]);
  const stopMs = readNumber(call, 'stop-ms', [0, HOUR_MS]);
  const checksMs = readNumber(call, 'checks-ms', [0, HOUR_MS]);
  const port = readNumber(call, 'port', [0, 65_535]);
  const host = values.get('host');
  return {
    throttling: flags.has('throttling'),
    timings: {
      ...(startMs === undefined ? {} : { startMs }),
      ...(stopMs === undefined ? {} : { stopMs }),
      ...(checksMs === undefined ? {} : { checksMs }),
    },
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    fleet: readFleet(values.get('fleet'), Date.now()),
  };
}

function describeSandbox(url: string, machines: readonly SandboxMachine[]): readonly string[] {
  const variables = Object.entries(clientEnvironment(url, machines[0]?.region));
  const exported = variables.flatMap(([name, value]) => (value === undefined ? [] : [`  export ${name}=${value}`]));
  const unset = variables.flatMap(([name, value]) => (value === undefined ? [name] : []));
  return [
    `The embedded AWS is on ${url} with ${machines.length} machines, which exist in memory only.`,
    ...machines.map(describeMachine),
    '',
    'Variables for AWS clients:',
    ...exported,
    `  unset ${unset.join(' ')}`,
  ];
}

function describeMachine({ id, account, interfaces: [primary], region, state, tags, type }: SandboxMachine): string {
  const name = (tags['Name'] ?? '').padEnd(16);
  const elsewhere = account === DEFAULT_ACCOUNT ? '' : `  account ${account}`;
  return `  ${id.padEnd(19)}  ${name} ${primary.privateIp.padEnd(15)} ${region}  ${type}  ${state}${elsewhere}`;
}

import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { defaultAccount } from './account.ts';
import { parseFleet } from './fleet.ts';
import { startSandbox } from './server.ts';
import type { SandboxOptions } from './server.ts';
import type { Machine } from './machine.ts';

const usage =
  'Usage: ec2-operator sandbox [--port N] [--host H] [--fleet FILE] [--throttling] [--start-ms N] [--stop-ms N]';

/**
 * `ec2-operator sandbox`: serves a sandbox until the signal aborts, after writing its address and the environment
 * that points AWS clients at it. Rejects with a message for people when the arguments or the fleet file are wrong,
 * or the port is taken.
 */
export async function runSandboxCommand(
  argv: readonly string[],
  signal: AbortSignal,
  write: (line: string) => void,
): Promise<void> {
  const options = await readOptions(argv);
  await using sandbox = await startSandbox(options);
  for (const line of describeSandbox(sandbox.url, sandbox.instances())) write(line);
  if (!signal.aborted) await once(signal, 'abort');
}

async function readOptions(argv: readonly string[]): Promise<SandboxOptions> {
  const values = parseArguments(argv);
  const startMs = wholeNumber('--start-ms', values['start-ms'], 3_600_000);
  const stopMs = wholeNumber('--stop-ms', values['stop-ms'], 3_600_000);
  const port = wholeNumber('--port', values.port, 65_535);
  return {
    throttling: values.throttling,
    timings: { ...(startMs === undefined ? {} : { startMs }), ...(stopMs === undefined ? {} : { stopMs }) },
    ...(port === undefined ? {} : { port }),
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(values.fleet === undefined ? {} : { fleet: await readFleet(values.fleet) }),
  };
}

type Arguments = {
  readonly port?: string;
  readonly host?: string;
  readonly fleet?: string;
  readonly throttling: boolean;
  readonly 'start-ms'?: string;
  readonly 'stop-ms'?: string;
};

function parseArguments(argv: readonly string[]): Arguments {
  try {
    const { values } = parseArgs({
      args: [...argv],
      strict: true,
      allowPositionals: false,
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        fleet: { type: 'string' },
        throttling: { type: 'boolean', default: false },
        'start-ms': { type: 'string' },
        'stop-ms': { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}\n${usage}`, { cause: error });
  }
}

function wholeNumber(option: string, text: string | undefined, max: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text) && Number(text) <= max) return Number(text);
  throw new Error(`Expected a whole number from 0 to ${max} after ${option}, got "${text}"\n${usage}`);
}

async function readFleet(path: string): Promise<ReturnType<typeof parseFleet>> {
  try {
    return parseFleet(await readFile(path, 'utf8'), Date.now());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot use the fleet file ${path}: ${reason}`, { cause: error });
  }
}

/** What the command writes: the address, the machines and the variables to paste. The keys are no secrets. */
function describeSandbox(url: string, machines: readonly Machine[]): readonly string[] {
  return [
    `EC2 sandbox on ${url} with ${machines.length} machines. Nothing here is real and nothing costs anything.`,
    ...machines.map(describeMachine),
    '',
    'To point AWS clients at it:',
    `  export AWS_ENDPOINT_URL=${url}`,
    '  export AWS_ACCESS_KEY_ID=AKIASANDBOX000000000',
    '  export AWS_SECRET_ACCESS_KEY=sandbox',
    `  export AWS_REGION=${machines[0]?.region ?? 'eu-central-1'}`,
    '  unset AWS_PROFILE AWS_SESSION_TOKEN AWS_ENDPOINT_URL_EC2 AWS_ENDPOINT_URL_STS',
  ];
}

function describeMachine(machine: Machine): string {
  const name = (machine.tags['Name'] ?? '').padEnd(16);
  const account = machine.account === defaultAccount ? '' : `  account ${machine.account}`;
  const address = machine.interfaces[0].privateIp.padEnd(15);
  return `  ${machine.id.padEnd(19)}  ${name} ${address} ${machine.region}  ${machine.type}  ${machine.state}${account}`;
}

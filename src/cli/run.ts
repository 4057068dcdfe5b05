/** `run`: runs a command, and keeps its machine while it runs. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { readOwnInstance } from '../ec2/metadata.ts';
import type { Call } from './call.ts';
import { startChild } from './child.ts';
import { CommandError, EXIT, interruptedCode } from './command-error.ts';
import type { End } from './end.ts';
import { keepMachine } from './keep.ts';
import { askFor } from './operate.ts';
import { openServer } from './server.ts';
import { summaryOf } from './show-view.ts';

/** How long the server may take to decide about the stop at the end, in milliseconds. */
const STOP_WAIT_MS = 10_000;

/** The command starts at once, and the hold is made beside it: no server and no network may delay work. */
export async function runWork({ line, environment, inherited, signal, screen }: Call): Promise<End> {
  if (signal.aborted) return interruptedCode(signal);
  const child = await startChild(line.rest, inherited);
  if (!child.isRunning) {
    screen.note([`ec2-operator: ${child.why}`]);
    return child.code;
  }
  const machine = findMachine(line.values.get('host'), environment);
  const keeping = keepMachine({
    environment,
    screen,
    findTarget: machine,
    holder: `run-${randomBytes(6).toString('hex')}`,
    // The arguments may hold a secret.
    why: line.values.get('why') ?? path.basename(line.rest[0] ?? ''),
    meanwhile: 'The command goes on',
  });
  const end = await child.end;
  await keeping.release();
  if (line.flags.has('then-stop')) {
    if (child.wasInterrupted()) screen.note(['ec2-operator: the command was interrupted: the machine is not stopped']);
    else await askForStop(machine, { environment, screen });
  }
  return end;
}

function findMachine(host: string | undefined, environment: Call['environment']): () => Promise<string> {
  let own: string | undefined;
  return async () => {
    if (host !== undefined) return host;
    if (own !== undefined) return own;
    const found = await readOwnInstance(environment);
    if (found.id === undefined) {
      throw new CommandError(EXIT.failed, `expected to run on an EC2 machine, but ${found.why}: name one by --host`);
    }
    return (own = found.id);
  };
}

/** The outcome does not change the exit code, which is the command's. */
async function askForStop(
  findTarget: () => Promise<string>,
  { environment, screen }: Pick<Call, 'environment' | 'screen'>,
): Promise<void> {
  try {
    const server = openServer({ environment, signal: new AbortController().signal });
    const operation = await askFor(server, 'stop', await findTarget(), {}, { waitMs: STOP_WAIT_MS });
    screen.note(summaryOf(operation));
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    screen.note([`ec2-operator: the machine is not stopped: ${error.message}`]);
  }
}

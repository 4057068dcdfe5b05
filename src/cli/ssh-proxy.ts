/** `ssh-proxy`: starts a machine, connects the standard streams with its port, and keeps it while it is connected. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import process from 'node:process';
import type { OperationView } from './answers.ts';
import { readDuration, type Call } from './call.ts';
import { CommandError, EXIT, interruptedCode, usageError } from './command-error.ts';
import { exitCodeOf, follow, hasEnded } from './follow.ts';
import { keepMachine, type Keeping } from './keep.ts';
import { askFor, howToGoOn } from './operate.ts';
import { reach } from './reach.ts';
import { openServer } from './server.ts';
import { stepLine, summaryOf } from './show-view.ts';
import { tunnel } from './tunnel.ts';

/** A machine that runs is found within this time, and then nothing is shown. In milliseconds. */
const QUIET_MS = 2_000;
/** How long the server may take for its first answer. Then the port is tried without it. In milliseconds. */
const PATIENCE_MS = 8_000;

/** An ssh that is killed does not say so. How often its proxy looks for it, in milliseconds. */
const ORPHANED_MS = 500;

/** A connection that is wished for, and until when. */
interface Wish {
  readonly call: Call;
  readonly target: string;
  readonly port: number;
  /** Milliseconds since the epoch. */
  readonly until: number;
  readonly signal: AbortSignal;
}

/** The machine runs; or the server could not be asked, and the machine may run. */
interface Started {
  readonly instance?: string;
  readonly addresses: readonly string[];
  readonly trouble?: CommandError;
}

/** @returns the exit code */
export async function connectThrough(call: Call): Promise<number> {
  const { line, screen } = call;
  const [target = '', portText = ''] = line.operands;
  const left = new AbortController();
  const wish: Wish = {
    call,
    target,
    port: readPort(portText),
    until: Date.now() + readDuration(call, 'wait', '30m'),
    signal: AbortSignal.any([call.signal, left.signal]),
  };
  // ssh ends its proxy by this signal.
  process.once('SIGHUP', () => {
    left.abort();
  });
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) left.abort();
  }, ORPHANED_MS);
  watch.unref();
  try {
    const started = await startMachine(wish);
    return typeof started === 'number' ? started : await serve(wish, started);
  } catch (error) {
    if (call.signal.aborted) return interruptedCode(call.signal);
    if (left.signal.aborted) return EXIT.ok;
    if (!(error instanceof CommandError)) throw error;
    screen.note([`ec2-operator: ${error.message}`]);
    return error.exitCode;
  }
}

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw usageError(`expected PORT to be a number from 1 to 65535, got "${text}"`);
}

/** @returns the exit code, if the machine does not run */
async function startMachine(wish: Wish): Promise<Started | number> {
  const { call, target, signal } = wish;
  const { environment, screen, line } = call;
  const server = openServer({ environment, signal });
  const place = { region: line.values.get('region'), account: line.values.get('account') };
  let operation: OperationView;
  try {
    operation = await askFor(server, 'start', target, place, { waitMs: QUIET_MS, patienceMs: PATIENCE_MS });
    if (!hasEnded(operation)) operation = await followAloud(wish, operation);
    else if (operation.state !== 'succeeded') screen.note(summaryOf(operation));
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof CommandError) || error.exitCode !== EXIT.unreachable) throw error;
    return { addresses: [], trouble: error };
  }
  if (operation.state === 'succeeded') {
    const addresses = operation.trail?.findLast((step) => step.addresses !== undefined)?.addresses ?? [];
    return { addresses, ...(operation.instance === undefined ? {} : { instance: operation.instance.id }) };
  }
  if (!hasEnded(operation)) screen.note([howToGoOn(operation)]);
  return exitCodeOf(operation);
}

async function followAloud({ call, until, signal }: Wish, operation: OperationView): Promise<OperationView> {
  const { environment, screen } = call;
  let seen = operation;
  try {
    return await follow(openServer({ environment, signal }), operation, {
      until,
      signal,
      onStep: (step, at) => {
        seen = at;
        screen.note([{ text: at.target, style: 'strong' }, '  ', ...stepLine(step, at)]);
      },
      onTrouble: (error) => {
        screen.note([`${error.message}. The operation is on the server's disk; trying again`]);
      },
    });
  } catch (error) {
    // The person has left, or ssh after its ConnectTimeout.
    if (signal.aborted) screen.note([howToGoOn(seen)]);
    throw error;
  }
}

/** Connects, and carries bytes until one of the sides leaves. */
async function serve(wish: Wish, started: Started): Promise<number> {
  // A machine that boots is kept, too.
  let keeping = started.trouble === undefined ? keep(wish, started) : undefined;
  try {
    const socket = await connect(wish, started);
    keeping ??= keep(wish, started);
    return await carry(wish, socket);
  } finally {
    await keeping?.release();
  }
}

function keep({ call, target }: Wish, { instance = target }: Started): Keeping {
  return keepMachine({
    environment: call.environment,
    screen: call.screen,
    findTarget: async () => Promise.resolve(instance),
    holder: `ssh-${randomBytes(6).toString('hex')}`,
    why: 'an SSH connection',
    meanwhile: 'The connection stays',
  });
}

async function connect({ call, target, port, until, signal }: Wish, started: Started): Promise<Socket> {
  const { screen } = call;
  const { trouble, addresses } = started;
  const reached = await reach({
    target,
    addresses,
    port,
    // Without the server it is not known whether the machine will ever run.
    until: trouble === undefined ? until : Date.now(),
    signal,
    onWait: (hosts) => {
      if (trouble === undefined) screen.note([`${target} runs; waiting for port ${port} of ${hosts.join(', ')}`]);
    },
  });
  if ('silent' in reached) throw noConnection(target, port, reached.silent, trouble);
  if (trouble !== undefined) screen.note([`ec2-operator: ${trouble.message}. ${target} answers, and is connected`]);
  return reached;
}

function noConnection(
  target: string,
  port: number,
  silent: readonly string[],
  trouble: CommandError | undefined,
): CommandError {
  const what =
    silent.length === 0
      ? `no address of ${target} is known: expected an address, a name that this computer can resolve, or a machine that EC2 shows an address of`
      : `port ${port} of ${silent.join(', ')} does not answer`;
  if (trouble === undefined) return new CommandError(silent.length === 0 ? EXIT.failed : EXIT.notYet, what);
  return new CommandError(EXIT.unreachable, `${trouble.message}; and ${what}`);
}

async function carry({ call, target, signal }: Wish, socket: Socket): Promise<number> {
  try {
    await tunnel(socket, signal);
    return EXIT.ok;
  } catch (error) {
    signal.throwIfAborted();
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    // The reader of standard output has left.
    if (code === 'EPIPE') return EXIT.ok;
    call.screen.note([`ec2-operator: the connection to ${target} has broken off (${code})`]);
    return EXIT.failed;
  }
}

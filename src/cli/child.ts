/** Runs another program in place of this one: with its streams, its environment and its signals. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import type { Environment } from '../config/environment.ts';
import type { End } from './end.ts';
import { isInForeground, isUnderNohup } from './terminal.ts';

export type Started =
  | Child
  /** As shells end: 127 when there is no such program, 126 when it cannot be executed. */
  | { readonly isRunning: false; readonly code: 126 | 127; readonly why: string };

export interface Child {
  readonly isRunning: true;
  readonly end: Promise<End>;
  /** Whether a person has interrupted it by Ctrl-C or Ctrl-\. */
  readonly wasInterrupted: () => boolean;
}

/** A terminal sends these to all programs in its foreground, so the child has got them, too. */
const FROM_TERMINAL = ['SIGINT', 'SIGQUIT'] as const;
/** A second SIGHUP or SIGCONT does no harm. */
const PASSED_ON = ['SIGHUP', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const;
const ALL = [...FROM_TERMINAL, ...PASSED_ON, 'SIGTSTP'] as const;

/** While the child runs, the signals are its own: this process does not end before it. */
export async function startChild(words: readonly string[], environment: Environment): Promise<Started> {
  const [program = '', ...args] = isUnderNohup() ? [...IGNORING_HANGUP, ...words] : words;
  if (program === '') return { isRunning: false, code: 127, why: 'the name of the command is empty' };
  // A signal that comes before the child runs is passed on a moment later.
  const passing = passSignals(() => child);
  const child = spawn(program, args, { env: { ...environment }, stdio: 'inherit' });
  if (child.pid === undefined) {
    passing.stop();
    return notStarted(program, await once(child, 'error'));
  }
  return { isRunning: true, end: endOf(child, passing), wasInterrupted: passing.wasInterrupted };
}

/** Node gives programs that it starts the default effect of all signals. Shells do not. */
const IGNORING_HANGUP = ['/bin/sh', '-c', 'trap "" HUP; exec "$@"', 'sh'] as const;

function notStarted(program: string, [error]: readonly unknown[]): Started {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  if (reason === 'ENOENT') return { isRunning: false, code: 127, why: `there is no command ${program} (ENOENT)` };
  return { isRunning: false, code: 126, why: `the command ${program} cannot be executed (${reason})` };
}

async function endOf(child: ChildProcess, passing: Passing): Promise<End> {
  await once(child, 'exit');
  passing.stop();
  return child.signalCode ?? child.exitCode ?? 1;
}

interface Passing {
  readonly wasInterrupted: () => boolean;
  /** Gives the signals their default effect. */
  readonly stop: () => void;
}

function passSignals(child: () => ChildProcess): Passing {
  let interrupted = false;
  // Those that end other commands.
  for (const name of ALL) process.removeAllListeners(name);
  for (const name of FROM_TERMINAL) {
    process.on(name, () => {
      interrupted = true;
      if (!isInForeground()) child().kill(name);
    });
  }
  for (const name of PASSED_ON) process.on(name, () => child().kill(name));
  const suspend = (): void => {
    if (!isInForeground()) child().kill('SIGTSTP');
    // Without a listener, it stops this process here, until SIGCONT.
    process.removeListener('SIGTSTP', suspend);
    process.kill(process.pid, 'SIGTSTP');
    process.on('SIGTSTP', suspend);
  };
  process.on('SIGTSTP', suspend);
  return {
    wasInterrupted: () => interrupted,
    stop: () => {
      for (const name of ALL) process.removeAllListeners(name);
    },
  };
}

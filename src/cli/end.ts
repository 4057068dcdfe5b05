/** How a process ends: with an exit code, or by the signal that has ended the command that it ran. */
import { constants } from 'node:os';
import process from 'node:process';

export type End = number | NodeJS.Signals;

/** These write a core file, which would take the place of the command's own. */
const DUMPS_CORE: ReadonlySet<string> = new Set<NodeJS.Signals>([
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGQUIT',
  'SIGSEGV',
  'SIGSYS',
  'SIGTRAP',
  'SIGXCPU',
  'SIGXFSZ',
]);

/**
 * Ends this process by the signal, so that its parent sees what it would see of the command itself.
 *
 * @returns the exit code that shells show for the end, where there is no signal or it has no effect: the first process of a
 *   container does not die by one
 */
export function endBy(end: End): number {
  if (typeof end === 'number') return end;
  if (!DUMPS_CORE.has(end)) {
    takeDefault(end);
    process.kill(process.pid, end);
  }
  return 128 + constants.signals[end];
}

/** Node ignores some signals. A signal that had a listener has its default effect again. */
function takeDefault(signal: NodeJS.Signals): void {
  if (signal === 'SIGKILL' || signal === 'SIGSTOP') return;
  process.on(signal, () => undefined);
  process.removeAllListeners(signal);
}

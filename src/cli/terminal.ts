/** Facts about the terminal that this process belongs to, which Node does not show. */
import { fstatSync, readFileSync, statSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Whether Ctrl-C reaches this process, and with it every other process of its group. */
export function isInForeground(): boolean {
  const stat = read('/proc/self/stat');
  // Elsewhere than on Linux.
  if (stat === undefined) return [0, 1, 2].some((stream) => isatty(stream));
  // The name of the program, in parentheses, may hold anything. proc_pid_stat(5)
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === foreground;
}

/**
 * Whether nohup runs this process from a terminal. Node undoes what nohup does (SIGHUP is ignored), but nohup also leaves
 * a standard input that can only be written.
 */
export function isUnderNohup(): boolean {
  const flags = /^flags:\s*([0-7]+)$/m.exec(read('/proc/self/fdinfo/0') ?? '')?.[1];
  if (flags === undefined || (Number.parseInt(flags, 8) & ACCESS_MODE) !== WRITE_ONLY) return false;
  return fstatSync(0).rdev === statSync('/dev/null').rdev;
}

const ACCESS_MODE = 3;
const WRITE_ONLY = 1;

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

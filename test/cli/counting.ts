/** A command that counts the signals that it gets. */
import type { Running } from './person.ts';

/** Tells its own process id and that of its parent, and ends with 5 and with what it has counted at SIGTERM. */
const PROGRAM = `
  const counts = {};
  for (const name of ['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'])
    process.on(name, () => { counts[name] = (counts[name] ?? 0) + 1; console.log('got', name); });
  process.on('SIGTERM', () => { console.log('counts', JSON.stringify(counts)); process.exit(5); });
  console.log('ids', process.pid, process.ppid);
  setInterval(() => undefined, 60_000);`;

export const COUNTING = [process.execPath, '-e', PROGRAM] as const;

export async function idsOf(running: Running): Promise<readonly [child: number, parent: number]> {
  const [, child = '', parent = ''] = /ids (\d+) (\d+)/.exec(await running.line('stdout', /^ids /)) ?? [];
  return [Number(child), Number(parent)];
}

export function countsIn(stdout: string): unknown {
  return JSON.parse(/counts (\{.*\})/.exec(stdout)?.[1] ?? 'null');
}

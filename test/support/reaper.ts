/**
 * Ends the process groups of a test process that is gone, however it went: its end of the pipe closes even when it was
 * killed. Reads the pids of group leaders from standard input, `+123` when one has started and `-123` when it has ended.
 */
import { createInterface } from 'node:readline';

const groups = new Set<number>();
for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.slice(1));
  if (line.startsWith('+')) groups.add(pid);
  else groups.delete(pid);
}
for (const pid of groups) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended on its own.
  }
}

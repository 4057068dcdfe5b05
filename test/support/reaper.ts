/**
 * Ends what a test process has started when that is gone, however it went: its end of the pipe closes even when it was
 * killed. Reads from standard input the pids of group leaders and the data directories of PostgreSQL servers: `+123` and
 * `+/a/directory` when one has started, the same with `-` when it has ended.
 */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';

const left = new Set<string>();
for await (const line of createInterface({ input: process.stdin })) {
  if (line.startsWith('+')) left.add(line.slice(1));
  else left.delete(line.slice(1));
}
await Promise.all(Array.from(left, async (each) => (/^\d+$/.test(each) ? kill(-Number(each)) : removeServer(each))));

function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended on its own.
  }
}

async function removeServer(directory: string): Promise<void> {
  const file = await readFile(path.join(directory, 'postmaster.pid'), 'utf8').catch(() => undefined);
  // At once, but unlike SIGKILL it takes its shared memory along.
  if (file !== undefined) kill(Number.parseInt(file, 10), 'SIGQUIT');
  // It may still be writing.
  await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** Where a test keeps what need not outlive the machine: in memory where there is room, because a disk takes long to flush. */
import { mkdtemp, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const IN_MEMORY = '/dev/shm';
/** A container often has 64 MB there. The databases of all tests that run at a time take less than one gibibyte. */
const ENOUGH_BYTES = 4 * 1024 ** 3;

/** Makes a new directory whose name begins with the prefix. The caller removes it. */
export async function quickDirectory(prefix: string): Promise<string> {
  return mkdtemp(path.join((await hasRoomInMemory()) ? IN_MEMORY : tmpdir(), prefix));
}

async function hasRoomInMemory(): Promise<boolean> {
  const found = await statfs(IN_MEMORY).catch(() => undefined);
  return found !== undefined && found.bavail * found.bsize > ENOUGH_BYTES;
}

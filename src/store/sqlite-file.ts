/** The files of the embedded database hold the admin token: only the user who runs the server may read them. */
import { chmodSync, closeSync, openSync, statSync } from 'node:fs';

const PRIVATE = 0o600;
/** What the database may be made of. SQLite gives new files beside the database the rights of the database itself. */
const BESIDE = ['', '-wal', '-shm', '-journal'] as const;

/** Told a sentence about files that others could read until now, or still can. */
export type OnPermissions = (told: string) => void;

/**
 * Makes the file when it is missing, and takes the rights of group and others away where there are any. Before SQLite opens it:
 * closing a file takes away the locks that this process has on it.
 *
 * @returns a sentence when others could read a file; undefined when nobody could
 */
export function keepPrivate(file: string): string | undefined {
  makePrivate(file);
  const open = BESIDE.map((end) => `${file}${end}`).filter((name) => isOpenToOthers(name));
  const still = open.filter((name) => !tighten(name));
  if (still.length > 0)
    return `${still.join(' and ')} can be read by others and belongs to another user: make this user the owner (chown), and keep it to the owner (chmod 600)`;
  if (open.length === 0) return undefined;
  return `${open.join(' and ')} could be read by others: only the owner can from now on (mode 600). It holds tokens: make new ones if others use this machine`;
}

/** Without a moment in which others could open it, whatever the umask is. */
function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', PRIVATE));
    // A umask may have taken rights of the owner away.
    chmodSync(file, PRIVATE);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Windows has no such bits. */
function isOpenToOthers(file: string): boolean {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  return process.platform !== 'win32' && (mode & 0o077) !== 0;
}

function tighten(file: string): boolean {
  try {
    chmodSync(file, PRIVATE);
    return true;
  } catch {
    return false;
  }
}

/** The files of the embedded database hold the admin token: only the user who runs the server may read them. */
import { chmodSync, closeSync, openSync, statSync } from 'node:fs';

const PRIVATE = 0o600;
/** The files of a database. SQLite gives new ones the rights of the first. */
const BESIDE = ['', '-wal', '-shm', '-journal'] as const;

/** Gets a sentence about files that others could read until now, or still can. */
export type OnPermissions = (told: string) => void;

/**
 * Creates a missing file, and removes the rights of group and others. It runs before SQLite opens the file, because closing a file
 * drops all locks that the process has on it.
 *
 * @returns a sentence when others could read a file
 */
export function keepPrivate(file: string): string | undefined {
  makePrivate(file);
  const open = BESIDE.map((end) => `${file}${end}`).filter((name) => isOpenToOthers(name));
  const still = open.filter((name) => !tighten(name));
  if (still.length > 0)
    return `${still.join(' and ')} can be read by others and belongs to another user: make this user the owner (chown) and let only the owner read it (chmod 600)`;
  if (open.length === 0) return undefined;
  return `${open.join(' and ')} could be read by others: only the owner can from now on (mode 600). It holds tokens: create new ones if others use this machine`;
}

/** Others can open it at no moment, whatever the umask is. */
function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', PRIVATE));
    // The umask may have removed rights of the owner.
    chmodSync(file, PRIVATE);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

/** Windows does not have these bits. */
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

/** Secrets in files, which Kubernetes, Vault's agent or a person replaces while the server runs. */
import { readFileSync, statSync } from 'node:fs';

const LOOK_EVERY_MS = 1_000;

/** Shorter secrets can be guessed. */
export const SHORTEST_SECRET = 16;

export interface SecretFileOptions {
  readonly onFault: (what: string, error: unknown) => void;
  /** A clock that only moves forward, in milliseconds. */
  readonly now?: () => number;
}

/**
 * Reads a secret now, and again when the file was replaced or written to. White space around the secret is removed.
 *
 * Reading is synchronous: the file is small, and checked at most once a second.
 *
 * @returns the secret at this moment; undefined after the file was removed, which revokes the secret. While the file is
 *   unreadable, or too short because it is being written, the last secret stays valid
 * @throws Error when the first read finds no usable secret
 */
export function createSecretFile(file: string, options: SecretFileOptions): () => string | undefined {
  const { onFault, now = () => performance.now() } = options;
  let last: { readonly version: string; readonly secret: string | undefined } = readFirst(file);
  let lookAt = now() + LOOK_EVERY_MS;
  let complaint = '';
  return () => {
    if (now() < lookAt) return last.secret;
    lookAt = now() + LOOK_EVERY_MS;
    try {
      if (versionOf(file) !== last.version) last = readSecret(file);
      complaint = '';
    } catch (error) {
      if (isMissing(error)) last = { version: '', secret: undefined };
      // Each fault is reported once, not every second.
      const message = error instanceof Error ? error.message : String(error);
      if (message !== complaint) onFault(`the secret in ${file} cannot be read again`, error);
      complaint = message;
    }
    return last.secret;
  };
}

function readFirst(file: string): ReturnType<typeof readSecret> {
  try {
    return readSecret(file);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const message = `cannot read ${file} (${String(error.code)}): expected a file with a secret; check the setting that names it`;
    throw new Error(message, { cause: error });
  }
}

function readSecret(file: string): { readonly version: string; readonly secret: string } {
  const version = versionOf(file);
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length < SHORTEST_SECRET)
    throw new Error(`expected a secret of ${SHORTEST_SECRET} characters or more in ${file}, got ${secret.length}`);
  return { version, secret };
}

/** Differs also when a link leads to another file: Kubernetes replaces secrets this way. */
function versionOf(file: string): string {
  const { ino, mtimeMs, size } = statSync(file);
  return `${ino}-${mtimeMs}-${size}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

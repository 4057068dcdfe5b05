/** Secrets in files, which somebody else puts in place and replaces: Kubernetes, Vault's agent, a person. */
import { readFileSync, statSync } from 'node:fs';

/** How often a file is looked at, at most. */
const LOOK_EVERY_MS = 1_000;

/** What is shorter can be guessed. */
export const SHORTEST_SECRET = 16;

export interface SecretFileOptions {
  readonly onFault: (what: string, error: unknown) => void;
  /** A clock that only moves forward, in milliseconds. */
  readonly now?: () => number;
}

/**
 * Reads a secret now, and again whenever the file is another one or was written to. White space around it is not part of it.
 *
 * Reading is synchronous: the file is small, and looked at once a second at most.
 *
 * @returns gives the secret that holds; undefined once the file has been removed, because that is how one takes it back. A
 *   file that cannot be read, or is too short because somebody is just writing it, leaves the last one in place
 * @throws Error when there is no secret in it at first
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
      // Once per trouble, not once per second.
      const message = error instanceof Error ? error.message : String(error);
      if (message !== complaint) onFault(`the secret in ${file} cannot be read again`, error);
      complaint = message;
    }
    return last.secret;
  };
}

/** The system's own words name neither what the file is for nor what to do. */
function readFirst(file: string): ReturnType<typeof readSecret> {
  try {
    return readSecret(file);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const message = `expected a file with a secret at ${file}, which cannot be read (${String(error.code)}): check the setting that names it`;
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

/** Also another when a link leads to another file, as Kubernetes replaces secrets. */
function versionOf(file: string): string {
  const { ino, mtimeMs, size } = statSync(file);
  return `${ino}-${mtimeMs}-${size}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

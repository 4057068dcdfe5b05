/** TLS: certificates from files, and again when the files change. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

export interface TlsFiles {
  /** PEM: the certificate with its chain, its private key, and the authorities of client certificates. */
  readonly cert: string;
  readonly key: string;
  /** Given: whoever connects must show a certificate of one of these authorities. */
  readonly clientCa?: string;
}

/** What the files held. */
export type TlsMaterial = SecureContextOptions & { readonly cert: string; readonly key: string; readonly ca?: string };

/** @throws Error that names the file that cannot be used */
export async function readTls({ cert, key, clientCa }: TlsFiles): Promise<TlsMaterial> {
  const material = {
    cert: await readPem(cert),
    key: await readPem(key),
    ...(clientCa === undefined ? {} : { ca: await readAuthorities(clientCa) }),
    minVersion: 'TLSv1.2',
  } as const;
  try {
    createSecureContext(material);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`expected ${cert} and ${key} to be a certificate and its private key, in PEM (${why})`, {
      cause: error,
    });
  }
  return material;
}

/** OpenSSL takes a file without a certificate for one, and Node takes an empty one for the authorities of the public web. */
async function readAuthorities(file: string): Promise<string> {
  const text = await readPem(file);
  try {
    // It reads the first of them.
    void new X509Certificate(text);
  } catch (error) {
    throw new Error(`expected ${file} to hold the certificates of authorities, in PEM`, { cause: error });
  }
  return text;
}

async function readPem(file: string): Promise<string> {
  const text = await readText(file);
  // To OpenSSL, nothing is no certificate rather than a wrong one: every handshake would fail from then on.
  if (text.trim() === '') throw new Error(`expected ${file} to be in PEM, got an empty file`);
  return text;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new Error(`cannot read ${file} (${why}): check TLS_CERT, TLS_KEY and TLS_CLIENT_CA`, { cause: error });
  }
}

export interface TlsReloadOptions {
  readonly server: Server;
  readonly files: TlsFiles;
  /** What the server began with. */
  readonly material: TlsMaterial;
  readonly everyMs: number;
  readonly onReload: () => void;
  /** New files cannot be used, and the old ones stay in use. Called once for each trouble. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Looks at the files again and again. Their content is compared: no way of replacing them (a link that is swapped, as
 * Kubernetes does it, or a rename) can be missed, and an event for a file that is half written does no harm.
 *
 * @returns ends it
 */
export function keepTlsFresh({ server, files, material, everyMs, onReload, onFault }: TlsReloadOptions): () => void {
  let used = material;
  let trouble = '';
  const look = async (): Promise<void> => {
    try {
      const found = await readTls(files);
      trouble = '';
      if (found.cert === used.cert && found.key === used.key && found.ca === used.ca) return;
      server.setSecureContext(found);
      used = found;
      onReload();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (message !== trouble) onFault(error);
      trouble = message;
    }
  };
  let timer: NodeJS.Timeout;
  let isEnded = false;
  const again = (): void => {
    if (isEnded) return;
    timer = setTimeout(() => {
      void look().then(again);
    }, everyMs).unref();
  };
  again();
  return () => {
    isEnded = true;
    clearTimeout(timer);
  };
}

/** TLS certificates, read from files and again when the files change. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

export interface TlsFiles {
  /** PEM: the certificate with its chain, its private key, and the authorities of client certificates. */
  readonly cert: string;
  readonly key: string;
  /** If given, clients need a certificate of one of these authorities. */
  readonly clientCa?: string;
}

/** The content of the files. */
export type TlsMaterial = SecureContextOptions & { readonly cert: string; readonly key: string; readonly ca?: string };

/** @throws Error that names the unusable file */
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

/** OpenSSL accepts a file without a certificate, and Node takes an empty file for the authorities of the public web. */
async function readAuthorities(file: string): Promise<string> {
  const text = await readPem(file);
  try {
    void new X509Certificate(text);
  } catch (error) {
    throw new Error(`expected ${file} to hold the certificates of authorities, in PEM`, { cause: error });
  }
  return text;
}

async function readPem(file: string): Promise<string> {
  const text = await readText(file);
  // OpenSSL accepts an empty file as no certificate, and every handshake would then fail.
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
  /** In use when the server began. */
  readonly material: TlsMaterial;
  readonly everyMs: number;
  readonly onReload: () => void;
  /** New files are unusable, and the old ones stay in use. Called once for each fault. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Reads the files again and again, and compares their content: so every way of replacing them is noticed (Kubernetes swaps a
 * link), and a file that is half written does no harm.
 *
 * @returns a function that ends the reading
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

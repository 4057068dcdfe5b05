/** Certificates for a test, made by `openssl`. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Authority {
  /** PEM files. */
  readonly cert: string;
  readonly key: string;
}

export interface Certificate extends Authority {
  /** What the files hold. */
  readonly pem: { readonly cert: string; readonly key: string };
}

/** @throws Error when there is no `openssl` */
export async function createAuthority(directory: string, name: string): Promise<Authority> {
  const { cert, key } = filesOf(directory, name);
  await run('openssl', [...'req -x509 -nodes -days 2'.split(' '), ...EC, '-subj', `/CN=${name}`, ...to(cert, key)]);
  return { cert, key };
}

/** For 127.0.0.1, signed by the authority. */
export async function createCertificate(directory: string, name: string, authority: Authority): Promise<Certificate> {
  const { cert, key } = filesOf(directory, name);
  const signedBy = ['-CA', authority.cert, '-CAkey', authority.key, '-addext', 'subjectAltName=IP:127.0.0.1'];
  await run('openssl', [
    ...'req -x509 -nodes -days 2'.split(' '),
    ...EC,
    '-subj',
    `/CN=${name}`,
    '-addext',
    'basicConstraints=critical,CA:FALSE',
    ...signedBy,
    ...to(cert, key),
  ]);
  return { cert, key, pem: { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') } };
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

function filesOf(directory: string, name: string): { readonly cert: string; readonly key: string } {
  return { cert: path.join(directory, `${name}.crt`), key: path.join(directory, `${name}.key`) };
}

function to(cert: string, key: string): readonly string[] {
  return ['-out', cert, '-keyout', key];
}

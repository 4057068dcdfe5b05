/** Who may come in: settings that let too many in, and files of secrets and certificates that are not what they should be. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Config } from '../config/schema.ts';
import { SHORTEST_SECRET } from '../http/auth/secret-file.ts';
import { report, type Finding } from './finding.ts';

const DAY_MS = 86_400_000;

export async function checkAccess(config: Config, now: number): Promise<readonly Finding[]> {
  return [
    ...checkOpen(config),
    ...(await checkMainToken(config)),
    ...(await checkNamedTokens(config, now)),
    ...(await checkTls(config, now)),
  ];
}

function checkOpen(config: Config): readonly Finding[] {
  if (config.auth !== 'none') return [report('access').ok('a token is needed')];
  return [
    report('access').warning(
      'AUTH=none: whoever reaches the port can start and stop machines',
      'set AUTH_TOKEN, and let Alertmanager send it (http_config.authorization)',
    ),
  ];
}

async function checkMainToken({ auth, auth_token: token, auth_token_file: file }: Config): Promise<readonly Finding[]> {
  const { warning, error } = report('access', file ?? 'AUTH_TOKEN');
  if (auth === 'none') return [];
  const text = file === undefined ? token : await read(file);
  if (text === undefined) {
    return file === undefined ? [] : [error('cannot be read', 'mount the file, and let this user read it')];
  }
  const { length } = text.trim();
  if (length >= SHORTEST_SECRET) return [];
  const change = `use ${SHORTEST_SECRET} random characters or more, such as from: openssl rand -hex 24`;
  if (length === 0) return [error('is empty', change)];
  return [warning(`the token has ${length} characters: it can be guessed`, change)];
}

async function checkNamedTokens({ tokens }: Config, now: number): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { name, file, expires } of tokens) {
    const { warning, error } = report('access', `token ${name}`);
    if (file !== undefined && (await read(file)) === undefined) {
      findings.push(error(`${file} cannot be read`, 'mount the file, and let this user read it'));
    }
    if (expires === undefined) continue;
    const on = new Date(expires).toISOString().slice(0, 10);
    if (expires <= now) findings.push(error(`has been invalid since ${on}`, 'replace it, or take it out'));
    else if (expires - now < 14 * DAY_MS) findings.push(warning(`is invalid from ${on} on`, 'replace it before'));
  }
  return findings;
}

async function checkTls(config: Config, now: number): Promise<readonly Finding[]> {
  const { tls_cert: certFile, tls_key: keyFile } = config;
  if (certFile === undefined || keyFile === undefined) return isLoopback(config.host) ? [] : [inTheClear(config.host)];
  const { ok, warning, error } = report('tls', certFile);
  const [cert, key] = [await read(certFile), await read(keyFile)];
  if (cert === undefined || key === undefined) {
    return [error(`${cert === undefined ? certFile : keyFile} cannot be read`, 'mount it, and let this user read it')];
  }
  const parsed = parseCertificate(cert, key);
  if (typeof parsed === 'string')
    return [error(parsed, 'give a PEM certificate with its chain, and the key it was made with')];
  const until = parsed.validToDate.getTime();
  const on = parsed.validToDate.toISOString().slice(0, 10);
  if (until <= now) return [error(`the certificate ended on ${on}`, 'renew it')];
  if (until - now < 14 * DAY_MS)
    return [warning(`the certificate ends on ${on}`, 'renew it: it is read again when it changes')];
  return [ok(`the certificate is valid until ${on}`)];
}

/** Or what is wrong with it. */
function parseCertificate(cert: string, key: string): X509Certificate | string {
  try {
    const parsed = new X509Certificate(cert);
    return parsed.checkPrivateKey(createPrivateKey(key)) ? parsed : 'the private key belongs to another certificate';
  } catch {
    return 'the certificate or the key is not PEM';
  }
}

function inTheClear(host = 'every address'): Finding {
  return report('tls').info(
    `the server listens on ${host} without TLS: tokens travel in the clear`,
    'set TLS_CERT and TLS_KEY, or put a proxy with TLS in front; keep the port inside the cluster by a NetworkPolicy',
  );
}

function isLoopback(host = ''): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

async function read(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}

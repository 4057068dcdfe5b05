/** Who can reach the server and with which rights: open ports, tokens, secrets and certificates. */
import { X509Certificate } from 'node:crypto';
import { unusableSecretFiles } from '../config-files.ts';
import type { Config } from '../config/schema.ts';
import { SHORTEST_SECRET } from '../http/auth/secret-file.ts';
import { readTls, type TlsMaterial } from '../http/tls.ts';
import { tlsFiles } from '../settings.ts';
import { report, type Finding } from './finding.ts';

const SOON_MS = 14 * 86_400_000;

export async function checkAccess(config: Config, now: number): Promise<readonly Finding[]> {
  return [
    ...checkOpen(config),
    ...unusableSecretFiles(config).map((problem) => report('access').error(problem, MOUNT)),
    ...checkMainToken(config),
    ...checkEnds(config, now),
    ...(await checkTls(config, now)),
  ];
}

function checkOpen(config: Config): readonly Finding[] {
  if (config.auth !== 'none') return [report('access').ok('a token is needed')];
  return [
    report('access').warning(
      'AUTH=none: everyone who reaches the port can start and stop machines',
      'set AUTH_TOKEN, and let Alertmanager send it (http_config.authorization)',
    ),
  ];
}

const MOUNT = `mount the file with ${SHORTEST_SECRET} characters or more, and let this user read it`;

function checkMainToken({ auth, auth_token: token = '' }: Config): readonly Finding[] {
  if (auth === 'none' || token === '' || token.length >= SHORTEST_SECRET) return [];
  return [
    report('access', 'AUTH_TOKEN').warning(
      `the token has ${token.length} characters: it can be guessed`,
      `use ${SHORTEST_SECRET} random characters or more, such as from: openssl rand -hex 24`,
    ),
  ];
}

/** The tokens whose time is over, or soon will be. */
function checkEnds({ tokens }: Config, now: number): readonly Finding[] {
  return tokens.flatMap(({ name, expires }) => {
    if (expires === undefined || expires - now >= SOON_MS) return [];
    const { warning, error } = report('access', `token ${name}`);
    const on = dayOf(expires);
    return expires <= now
      ? [error(`has been invalid since ${on}`, 'replace it, or take it out')]
      : [warning(`is invalid from ${on} on`, 'replace it before')];
  });
}

/** The certificate is read as serve reads it. */
async function checkTls(config: Config, now: number): Promise<readonly Finding[]> {
  const files = tlsFiles(config);
  if (files === undefined) return isLoopback(config.host) ? [] : [inTheClear(config.host)];
  const { ok, warning, error } = report('tls', files.cert);
  let material: TlsMaterial;
  try {
    material = await readTls(files);
  } catch (cause) {
    const change = 'mount PEM files that this user can read: a certificate with its chain, and its private key';
    return [error(cause instanceof Error ? cause.message : String(cause), change)];
  }
  const until = new X509Certificate(material.cert).validToDate.getTime();
  const on = dayOf(until);
  if (until <= now) return [error(`the certificate ended on ${on}`, 'renew it')];
  if (until - now < SOON_MS) return [warning(`the certificate ends on ${on}`, 'renew it: serve reads it again')];
  return [ok(`the certificate is valid until ${on}`)];
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
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

/** Who can reach the server, and with which rights: open ports, tokens, secrets and certificates. */
import { X509Certificate } from 'node:crypto';
import { unusableSecretFiles } from '../config-files.ts';
import type { Config } from '../config/schema.ts';
import { isLoopback } from '../domain/loopback.ts';
import { SHORTEST_SECRET } from '../http/auth/secret-file.ts';
import { readTls, type TlsMaterial } from '../http/tls.ts';
import { tlsFiles } from '../settings.ts';
import { findingsOf, messageOf, report, type Finding } from './finding.ts';

const SOON_MS = 14 * 86_400_000;
const MOUNT = `mount a file with at least ${SHORTEST_SECRET} characters that this user can read`;

export async function checkAccess(config: Config, now: number): Promise<readonly Finding[]> {
  return findingsOf([
    checkOpen(config),
    ...unusableSecretFiles(config).map((problem) => report('access').error(problem, MOUNT)),
    checkMainToken(config),
    ...config.tokens.map((token) => checkExpiry(token, now)),
    await checkTls(config, now),
  ]);
}

function checkOpen({ auth }: Config): Finding {
  const { ok, warning } = report('access');
  if (auth !== 'none') return ok('requests need a token');
  return warning(
    'AUTH=none: everyone who reaches the port can start and stop machines',
    'set AUTH_TOKEN, and let Alertmanager send it (http_config.authorization)',
  );
}

function checkMainToken({ auth, auth_token: token = '' }: Config): Finding | undefined {
  if (auth === 'none' || token === '' || token.length >= SHORTEST_SECRET) return undefined;
  return report('access', 'AUTH_TOKEN').warning(
    `the token has ${token.length} characters and can be guessed`,
    `use at least ${SHORTEST_SECRET} random characters, for example from: openssl rand -hex 24`,
  );
}

function checkExpiry({ name, expires }: Config['tokens'][number], now: number): Finding | undefined {
  if (expires === undefined || expires - now >= SOON_MS) return undefined;
  const { warning, error } = report('access', `token ${name}`);
  const day = dayOf(expires);
  return expires <= now
    ? error(`expired on ${day}`, 'replace or remove it')
    : warning(`expires on ${day}`, 'replace it before then');
}

/** The certificate is read as serve reads it. */
async function checkTls(config: Config, now: number): Promise<Finding | undefined> {
  const files = tlsFiles(config);
  if (files === undefined) return isLoopback(config.host ?? '') ? undefined : inTheClear(config.host);
  const { ok, warning, error } = report('tls', files.cert);
  let material: TlsMaterial;
  try {
    material = await readTls(files);
  } catch (cause) {
    const change = 'mount PEM files that this user can read: a certificate with its chain, and its private key';
    return error(messageOf(cause), change);
  }
  const until = new X509Certificate(material.cert).validToDate.getTime();
  const day = dayOf(until);
  if (until <= now) return error(`the certificate expired on ${day}`, 'renew it');
  if (until - now < SOON_MS)
    return warning(`the certificate expires on ${day}`, 'renew it; serve reloads it by itself');
  return ok(`the certificate is valid until ${day}`);
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function inTheClear(host = 'every address'): Finding {
  return report('tls').info(
    `the server listens on ${host} without TLS: tokens are not encrypted in transit`,
    'set TLS_CERT and TLS_KEY, or put a TLS proxy in front and restrict the port with a NetworkPolicy',
  );
}

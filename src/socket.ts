/** The socket of the server, and its URL. */
import type { Config } from './config/schema.ts';
import type { FewLines } from './http/auth/few-lines.ts';
import { isTrusted } from './http/auth/remote.ts';
import type { listen } from './http/listen.ts';
import type { Log } from './observe/log.ts';
import type { Metrics } from './observe/metrics.ts';
import { tlsFiles } from './settings.ts';

/** The server's URL on this machine. */
export function urlOf(config: Config, { address, port }: { readonly address: string; readonly port: number }): string {
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address;
  return `${config.tls_cert === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export function socketOf(
  config: Config,
  log: Log,
  { warnSparingly, metrics }: { readonly warnSparingly: FewLines; readonly metrics: Metrics },
): Parameters<typeof listen>[1] {
  const { host, port } = config;
  const tls = tlsFiles(config);
  return {
    host,
    port,
    ...(tls === undefined ? {} : { tls }),
    isProxy: (address) => isTrusted(config.trusted_proxies, address),
    onFull: () => {
      metrics.connectionCut();
      warnSparingly({}, 'all connections are taken, or all of one address: one that was idle was cut off');
    },
    onTlsReload: () => {
      log.info('the certificate has changed, and the new one is in use');
    },
    onTlsFault: (error) => {
      log.error({ err: error }, 'the certificate has changed and cannot be used: the old one stays in use');
    },
  };
}

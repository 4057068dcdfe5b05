/** Finds the problems of the files that a configuration names, as serve would at its start. */
import { nameOf } from './config/problem.ts';
import type { Config } from './config/schema.ts';
import { createSecretFile } from './http/auth/secret-file.ts';
import { readSmtpServer } from './notify/email/smtp-url.ts';
import { readFilledFile, readTokenFile } from './outgoing/token-file.ts';

/** @returns a sentence for each unusable token file of Alertmanager and Prometheus, with the name of its setting */
export function unusableTokenFiles({ alertmanager, prometheus }: Config): readonly string[] {
  return [
    ...problemOf(['alertmanager', 'token_file'], alertmanager?.token_file, readTokenFile),
    ...problemOf(['prometheus', 'token_file'], prometheus?.token_file, readTokenFile),
  ];
}

/** @returns a sentence for each unusable file with secrets of the channels, with the name of its setting */
export function unusableChannelFiles({ channels, smtp }: Config): readonly string[] {
  return [
    ...channels.flatMap(({ kind, openable }, index) =>
      Object.entries(openable.secretFiles).flatMap(([setting, file]) =>
        typeof file === 'object'
          ? problemOf(['channels', index, kind, setting], file.file, file.read)
          : problemOf(['channels', index, kind, setting], file, readFilledFile),
      ),
    ),
    ...problemOf(['smtp', 'url_file'], smtp?.urlFile, readSmtpServer),
  ];
}

/** @returns a sentence for each unusable file with secrets of the server, with the name of its setting */
export function unusableSecretFiles({
  auth_token_file: shared,
  tokens,
  grafana_hmac: grafana,
}: Config): readonly string[] {
  return [
    ...problemOf(['auth_token_file'], shared, readSecretFile),
    ...tokens.flatMap(({ file }, index) => problemOf(['tokens', index, 'file'], file, readSecretFile)),
    ...problemOf(['grafana_hmac', 'secret_file'], grafana?.secret_file, readSecretFile),
  ];
}

/** @returns a sentence for each unusable file of the ways to log in, with the name of its setting */
export function unusableLoginFiles({ login: { oidc } }: Config): readonly string[] {
  return problemOf(['login', 'oidc', 'client_secret_file'], oidc?.client_secret_file, readFilledFile);
}

/** @returns a sentence for the unusable file of a login by a proxy, with the name of its setting */
export function unusableForwardedFiles({ login: { forwarded } }: Config): readonly string[] {
  return problemOf(['login', 'forwarded', 'secret_file'], forwarded?.secret?.file, readSecretFile);
}

function readSecretFile(file: string): unknown {
  return createSecretFile(file, { onFault: () => undefined });
}

function problemOf(
  setting: readonly PropertyKey[],
  file: string | undefined,
  read: (file: string) => unknown,
): readonly string[] {
  try {
    if (file !== undefined) read(file);
    return [];
  } catch (error) {
    return [`${nameOf(setting)}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

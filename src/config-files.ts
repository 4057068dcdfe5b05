/** The files that a configuration names, as serve reads them at its start: what it would find wrong with each. */
import { readFileSync } from 'node:fs';
import { nameOf } from './config/problem.ts';
import type { Config } from './config/schema.ts';
import { createSecretFile } from './http/auth/secret-file.ts';

/** @returns a sentence for each token file of Alertmanager and Prometheus that is unusable, with the name of its setting */
export function unusableTokenFiles({ alertmanager, prometheus }: Config): readonly string[] {
  return Object.entries({ alertmanager, prometheus }).flatMap(([api, settings]) => {
    const why = settings?.token_file === undefined ? undefined : whyUnusable(settings.token_file);
    return why === undefined ? [] : [`${nameOf([api, 'token_file'])}: ${why}`];
  });
}

/** @returns a sentence for each file of the server's own secrets that is unusable, with the name of its setting */
export function unusableSecretFiles({
  auth_token_file: shared,
  tokens,
  grafana_hmac: grafana,
}: Config): readonly string[] {
  const files: readonly (readonly [setting: readonly PropertyKey[], file: string | undefined])[] = [
    [['auth_token_file'], shared],
    ...tokens.map(({ file }, index) => [['tokens', index, 'file'], file] as const),
    [['grafana_hmac', 'secret_file'], grafana?.secret_file],
  ];
  return files.flatMap(([setting, file]) => {
    try {
      if (file !== undefined) createSecretFile(file, { onFault: () => undefined });
      return [];
    } catch (error) {
      return [`${nameOf(setting)}: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}

/** @returns why nothing can be read from a file; undefined when something can */
export function whyUnusable(file: string): string | undefined {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return `expected a file at ${file} that can be read, got ${why}`;
  }
  return content.trim() === '' ? `expected something in ${file}, got an empty file` : undefined;
}

/** `check-config`: what `serve` would find wrong with a configuration file, before it is rolled out. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { ConfigError, loadConfig } from './config/load.ts';
import { nameOf } from './config/problem.ts';
import { readConfigFile } from './config/read.ts';
import type { Config } from './config/schema.ts';
import { describeSelector } from './domain/selector.ts';
import { neverFree } from './domain/window.ts';
import { createSecretFile } from './http/auth/secret-file.ts';
import { readTls } from './http/tls.ts';
import { unusableTokenFiles, whyUnusable } from './token-files.ts';

/**
 * @param file its path; `-` is standard input
 * @param withFiles whether the files that it names are on this machine, to be looked at as well
 * @returns what was read, as it is called
 * @throws ConfigError; Error when the file cannot be read
 */
export async function checkConfig(file: string, withFiles: boolean): Promise<string> {
  const content = file === '-' ? await text(process.stdin) : readConfigFile(file);
  const config = loadConfig({}, content);
  const problems = withFiles ? await findUnusableFiles(config) : [];
  if (problems.length > 0) throw new ConfigError(problems);
  return `${file === '-' ? 'standard input' : file}${noteOf(config, content)}`;
}

/** What is no mistake, and will surprise. */
function noteOf(config: Config, content: string): string {
  const isAbout = /^on_resolved:/m.test(content) && config.prometheus === undefined && !config.on_resolved.trust;
  const never = neverFree(config.guards.windows, Date.now()).map(
    ({ verb, only }) =>
      `every ${verb} of machines with ${describeSelector(only)} is refused: the windows leave no time`,
  );
  const notes = [
    ...(isAbout ? ['on_resolved: stop is refused without prometheus.url, unless trust is true'] : []),
    ...new Set(never),
  ];
  return notes.length === 0 ? '' : ` (${notes.join('; ')})`;
}

/** Read by what will read them. */
async function findUnusableFiles(config: Config): Promise<readonly string[]> {
  const { auth_token_file: shared, tokens, grafana_hmac: grafana, tls_cert: cert, tls_key: key } = config;
  const secrets: readonly (readonly [path: readonly PropertyKey[], file: string | undefined])[] = [
    [['auth_token_file'], shared],
    ...tokens.map(({ file }, index) => [['tokens', index, 'file'], file] as const),
    [['grafana_hmac', 'secret_file'], grafana?.secret_file],
  ];
  const clientCa = config.tls_client_ca === undefined ? {} : { clientCa: config.tls_client_ca };
  const found = await Promise.all([
    ...secrets.map(async ([where, file]) => complaint(where, file, (name) => void createSecretFile(name, QUIET))),
    complaint(['tls_cert'], cert, async (name) => {
      if (key !== undefined) await readTls({ cert: name, key, ...clientCa });
    }),
    complaint(['data_dir'], config.database_url === undefined ? config.data_dir : undefined, checkDirectory),
    ...databaseFiles(config.database_url).map(async (file) => complaint(['database_url'], file, readAny)),
  ]);
  return [...found.flat(), ...unusableTokenFiles(config)];
}

const QUIET = { onFault: () => undefined };

async function complaint(
  where: readonly PropertyKey[],
  file: string | undefined,
  use: (file: string) => void | Promise<void>,
): Promise<readonly string[]> {
  if (file === undefined) return [];
  try {
    await use(file);
    return [];
  } catch (error) {
    return [`${nameOf(where)}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

function readAny(file: string): void {
  const why = whyUnusable(file);
  if (why !== undefined) throw new Error(why);
}

/** The driver reads them as it reads the URL. */
function databaseFiles(url = ''): readonly string[] {
  const parameters = URL.parse(url)?.searchParams;
  return ['sslrootcert', 'sslcert', 'sslkey'].flatMap((name) => parameters?.getAll(name) ?? []);
}

/** It is made where it is missing, as long as what it is to be made in is a directory, too. */
function checkDirectory(directory: string): void {
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    const found = statSync(at, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) return;
    if (found !== undefined) throw new Error(`expected a directory, got a file at ${at}`);
  }
}

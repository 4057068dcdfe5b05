/** `check-config`: finds the problems of a configuration file as serve would, before a roll-out. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import {
  unusableChannelFiles,
  unusableForwardedFiles,
  unusableLoginFiles,
  unusableSecretFiles,
  unusableTokenFiles,
} from './config-files.ts';
import { notesOnChannels } from './config/channel-notes.ts';
import { notesOnLogin } from './config/login-notes.ts';
import { notesOnForwarded } from './config/forwarded-notes.ts';
import { ConfigError, loadConfig } from './config/load.ts';
import { nameOf } from './config/problem.ts';
import { readConfigFile } from './config/read.ts';
import type { Config } from './config/schema.ts';
import { describeSelector, type Selector } from './domain/selector.ts';
import { neverFree } from './domain/window.ts';
import { readTls } from './http/tls.ts';
import { readFilledFile } from './outgoing/token-file.ts';
import { tlsFiles } from './settings.ts';

/**
 * @param file its path; `-` is standard input
 * @param withFiles whether the files that it names are on this machine, and are checked, too
 * @returns the name of what was read, with notes
 * @throws ConfigError; Error when the file cannot be read
 */
export async function checkConfig(file: string, withFiles: boolean): Promise<string> {
  const content = file === '-' ? await text(process.stdin) : readConfigFile(file);
  const config = loadConfig({}, content);
  const problems = withFiles ? await findUnusableFiles(config) : [];
  if (problems.length > 0) throw new ConfigError(problems);
  return `${file === '-' ? 'standard input' : file}${noteOf(config, content)}`;
}

/** Notes about settings that are valid but may surprise. */
function noteOf(config: Config, content: string): string {
  const isSurprising = /^on_resolved:/m.test(content) && config.prometheus === undefined && !config.on_resolved.trust;
  const never = neverFree(config.guards.windows, Date.now()).map(
    ({ verb, only }) =>
      `every ${verb} of machines with ${describeSelector(only)} is refused: the windows leave no time`,
  );
  const notes = [
    ...(isSurprising ? ['on_resolved: stop is refused without prometheus.url, unless trust is true'] : []),
    ...new Set(never),
    ...noteOfLive(config.live.only),
    ...[...notesOnChannels(config), ...notesOnLogin(config), ...notesOnForwarded(config)].map(
      ({ note, remedy }) => `${note}: ${remedy}`,
    ),
  ];
  return notes.length === 0 ? '' : ` (${notes.join('; ')})`;
}

function noteOfLive(only: Selector | undefined): readonly string[] {
  if (only === undefined) return [];
  if (Object.keys(only).length === 0) return ['live.only names no tag: alerts act on all machines'];
  return [`alerts act only on machines with ${describeSelector(only)}, and are dry runs on all others`];
}

/** Reads each file with serve's own code. */
async function findUnusableFiles(config: Config): Promise<readonly string[]> {
  const tls = tlsFiles(config);
  const found = await Promise.all([
    complaint(['tls_cert'], tls?.cert, async () => {
      if (tls !== undefined) await readTls(tls);
    }),
    complaint(['data_dir'], config.database_url === undefined ? config.data_dir : undefined, checkDirectory),
    ...databaseFiles(config.database_url).map(async (file) =>
      complaint(['database_url'], file, (name) => void readFilledFile(name)),
    ),
  ]);
  return [
    ...unusableSecretFiles(config),
    ...found.flat(),
    ...unusableTokenFiles(config),
    ...unusableChannelFiles(config),
    ...unusableLoginFiles(config),
    ...unusableForwardedFiles(config),
  ];
}

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

/** The files that a database URL names; the driver reads them when it parses the URL. */
function databaseFiles(url = ''): readonly string[] {
  const parameters = URL.parse(url)?.searchParams;
  return ['sslrootcert', 'sslcert', 'sslkey'].flatMap((name) => parameters?.getAll(name) ?? []);
}

/** serve makes the directory if the nearest existing path above it is a directory. */
function checkDirectory(directory: string): void {
  for (let at = path.resolve(directory); ; at = path.dirname(at)) {
    const found = statSync(at, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) return;
    if (found !== undefined) throw new Error(`expected a directory, got a file at ${at}`);
  }
}

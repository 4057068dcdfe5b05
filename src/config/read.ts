/** The configuration as the process finds it: its environment, and the file that `CONFIG_FILE` names. */
import { readFileSync } from 'node:fs';
import { readVariable, type Environment } from './environment.ts';
import { loadConfig } from './load.ts';
import type { Config } from './schema.ts';

/** @throws ConfigError; Error when the file cannot be read */
export function readConfig(environment: Environment): Config {
  const file = readVariable(environment, 'CONFIG_FILE');
  return loadConfig(environment, file === undefined ? undefined : readConfigFile(file));
}

/** @throws Error with a sentence for people when the file cannot be read */
export function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new Error(`cannot read ${file} (${why}): expected a YAML file of settings; check CONFIG_FILE`, {
      cause: error,
    });
  }
}

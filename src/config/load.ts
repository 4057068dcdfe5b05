/** Reads the configuration: the file that `CONFIG_FILE` names, and the environment over it. */
import * as z from 'zod';
import { readVariable, type Environment } from './environment.ts';
import { expectation, nameOf, problemsOf } from './problem.ts';
import { configSchema, type Config } from './schema.ts';
import { readYaml, YamlError, type FileContent } from './yaml.ts';

/** Many errors at once, one line each, with the path in the file or the name of the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  /** @param count of all, where not all are listed */
  constructor(problems: readonly string[], count = problems.length) {
    super(
      `the configuration has ${count === 1 ? 'a problem' : `${count} problems`}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/**
 * @param environment process.env, or the like
 * @param fileText the configuration file's text, if there is one
 * @throws ConfigError
 */
export function loadConfig(environment: Environment, fileText?: string): Config {
  const { settings, placeOf } = fileText === undefined ? NO_FILE : readFile(fileText);
  const fromEnvironment = readEnvironment(environment);
  const options = { error: expectation, reportInput: true };
  const config = configSchema.safeParse({ ...settings, ...fromEnvironment }, options);
  if (config.success) return config.data;
  const found = problemsOf(configSchema, config.error.issues);
  const problems = found.slice(0, MOST_PROBLEMS).map(({ path, message, isName = false }) => {
    const variable = variableOf(path, fromEnvironment);
    if (variable !== undefined) return `${variable}: ${message}`;
    const place = placeOf(path, isName);
    return `${nameOf(path)}: ${message}${place === undefined ? '' : ` (${place})`}`;
  });
  const listed = [...new Set(problems)];
  const more = found.length - problems.length;
  if (more === 0) throw new ConfigError(listed);
  throw new ConfigError([...listed, `and ${more} more`], listed.length + more);
}

/** More of them help no reader, and to find the place of each takes as long as the file is. */
const MOST_PROBLEMS = 50;

const NO_FILE: FileContent = { settings: {}, placeOf: () => undefined };

function readFile(text: string): FileContent {
  try {
    return readYaml(text);
  } catch (error) {
    throw error instanceof YamlError ? new ConfigError([error.message]) : error;
  }
}

/** The variables, and the keys that they set. */
function variables(): readonly { readonly key: string; readonly variable: string }[] {
  return Object.entries(configSchema.shape).flatMap(([key, schema]) => {
    const variable = z.globalRegistry.get(schema)?.env;
    return variable === undefined ? [] : [{ key, variable }];
  });
}

function readEnvironment(environment: Environment): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const { key, variable } of variables()) {
    const value = readVariable(environment, variable);
    if (value !== undefined) values[key] = value;
  }
  return values;
}

/** The variable that set a setting; undefined if the file did. */
function variableOf(
  [key]: readonly PropertyKey[],
  fromEnvironment: Readonly<Record<string, string>>,
): string | undefined {
  if (typeof key !== 'string' || !Object.hasOwn(fromEnvironment, key)) return undefined;
  return variables().find((known) => known.key === key)?.variable;
}

/** Reads the configuration: the file that `CONFIG_FILE` names, and the environment over it. */
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { readVariable, type Environment } from './environment.ts';
import { configSchema, type Config } from './schema.ts';

/** Everything that is wrong, at once; one line each, with the path in the file or the name of the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `the configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
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
  const fromFile = fileText === undefined ? {} : parseYaml(fileText);
  const fromEnvironment = readEnvironment(environment);
  const config = configSchema.safeParse({ ...fromFile, ...fromEnvironment });
  if (config.success) return config.data;
  throw new ConfigError(config.error.issues.flatMap(unfold).map((issue) => nameProblem(issue, fromEnvironment)));
}

function parseYaml(text: string): object {
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) throw new ConfigError([error.message]);
  const content: unknown = document.toJS({ maxAliasCount: 100 });
  if (content === null || content === undefined) return {};
  if (typeof content === 'object' && !Array.isArray(content)) return content;
  throw new ConfigError(['expected the configuration file to hold a mapping of settings']);
}

/** Which variable sets which key, straight from the schema. */
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

/** Of a setting that may have several forms: what is wrong with the one that fits best, or that none of them fits. */
function unfold(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const forms = issue.errors.map((problems) => problems.flatMap(unfold));
  const depths = forms.map((problems) => Math.max(0, ...problems.map(({ path }) => path.length)));
  const deepest = Math.max(0, ...depths);
  const best = forms.filter((_problems, index) => depths[index] === deepest);
  if (deepest === 0) {
    const messages = [...new Set(best.flat().map(({ message }) => message.replace(/^Invalid \w+: /, '')))];
    return [{ ...issue, message: messages.join('; or ') }];
  }
  return best.flat().map((problem) => ({ ...problem, path: [...issue.path, ...problem.path] }));
}

/** Values are not repeated here: one of them is a password, another a token. */
function nameProblem(issue: z.core.$ZodIssue, fromEnvironment: Readonly<Record<string, string>>): string {
  const [key] = issue.path;
  const variable =
    typeof key === 'string' && key in fromEnvironment
      ? variables().find((known) => known.key === key)?.variable
      : undefined;
  const where = variable ?? (issue.path.length === 0 ? 'the file' : issue.path.map(String).join('.'));
  if (issue.code === 'unrecognized_keys')
    return `${where}: unknown ${issue.keys.map((name) => JSON.stringify(name)).join(', ')}`;
  return `${where}: ${issue.message}`;
}

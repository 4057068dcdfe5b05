/** The command line: what each command does with its arguments and the environment. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startApp, type App } from './app.ts';
import { readVariable } from './config/environment.ts';
import { loadConfig } from './config/load.ts';
import type { Config } from './config/schema.ts';

const USAGE = `ec2-operator: turns Prometheus alerts into safe EC2 starts and stops

  ec2-operator [serve] [--sandbox [--fleet FILE]]   serve; with --sandbox on an embedded EC2 instead of AWS
  ec2-operator sandbox [--port N] [--fleet FILE]    serve the embedded EC2 alone
  ec2-operator demo [--once]                        show what it does, on the embedded EC2
  ec2-operator check-config FILE                    read a configuration file and say what is wrong with it
  ec2-operator --help | --version

Settings come from the environment and from the file that CONFIG_FILE names: see docs/reference/configuration.md`;

const OPTIONS = {
  sandbox: { type: 'boolean' },
  fleet: { type: 'string' },
  once: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/**
 * Runs one command until it is done or the signal says stop.
 *
 * @returns the exit code
 * @throws with a sentence for people
 */
export async function runCommand(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const [command = 'serve', ...rest] = argv[0]?.startsWith('-') === false ? argv : ['serve', ...argv];
  if (command === 'sandbox') {
    const { runSandboxCommand } = await import('./sandbox/command.ts');
    await runSandboxCommand(rest, signal, print);
    return 0;
  }
  const { values, positionals } = parseArgs({ args: [...rest], options: OPTIONS, allowPositionals: true });
  if (values.help === true) return say(USAGE);
  if (values.version === true) return say(version());
  switch (command) {
    case 'serve':
      return serve(values, signal);
    case 'demo': {
      const { runDemo } = await import('./demo.ts');
      return runDemo({ environment: process.env, setVariables, once: values.once === true, signal, print });
    }
    case 'check-config':
      return checkConfig(positionals[0]);
    default:
      throw new Error(`unknown command "${command}"\n\n${USAGE}`);
  }
}

async function serve(
  values: { readonly sandbox?: boolean; readonly fleet?: string },
  signal: AbortSignal,
): Promise<number> {
  const file = readVariable(process.env, 'CONFIG_FILE');
  let config = loadConfig(process.env, file === undefined ? undefined : readConfigFile(file));
  await using stack = new AsyncDisposableStack();
  if (values.sandbox === true) {
    const { startSandboxFor } = await import('./sandboxed.ts');
    const sandboxed = await startSandboxFor(config, values.fleet);
    stack.use(sandboxed);
    setVariables(sandboxed.environment);
    ({ config } = sandboxed);
    print(`An embedded EC2 is used instead of AWS: ${sandboxed.url}`);
  }
  const app = stack.use(await startApp({ config, environment: process.env }));
  announce(app, config);
  await aborted(signal);
  app.log.info('stopping: nothing new is accepted, and what is under way is settled');
  return 0;
}

function announce(app: App, config: Config): void {
  app.log.info({ url: app.url, version: version(), node: process.version }, 'ec2-operator is up');
  // Not through the log: whoever collects logs is not who should hold the token.
  if (app.generatedToken !== undefined) {
    process.stderr.write(
      `No AUTH_TOKEN is set. This one was made and is kept in the store:\n  ${app.generatedToken}\n`,
    );
  }
  if (config.auth_token !== undefined && config.auth_token.length < 16) {
    app.log.warn('AUTH_TOKEN is short enough to be guessed: use 16 characters or more');
  }
}

function checkConfig(file: string | undefined): number {
  if (file === undefined) throw new Error('expected a file: ec2-operator check-config FILE');
  loadConfig({}, readConfigFile(file));
  return say(`${file}: no problems`);
}

function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new Error(`cannot read ${file} (${why}): expected a YAML file of settings; check CONFIG_FILE`, {
      cause: error,
    });
  }
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}

function setVariables(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

function say(text: string): 0 {
  print(text);
  return 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => {
    resolve();
  });
  await promise;
}

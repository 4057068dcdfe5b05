/** The command line: the function of each command. Names and options are in `cli/commands.ts`. */
import { once } from 'node:events';
import process from 'node:process';
import type { App } from './app.ts';
import type { Environment } from './config/environment.ts';
import type { Config } from './config/schema.ts';
import type { Call } from './cli/call.ts';
import { CommandError, EXIT, interruptedCode, usageError } from './cli/command-error.ts';
import { readCommandLine, type CommandLine } from './cli/command-line.ts';
import { entryOf, type CommandName } from './cli/commands.ts';
import type { End } from './cli/end.ts';
import { openScreen } from './cli/screen.ts';
import { version } from './version.ts';

/**
 * Runs one command until it is done or the signal says stop.
 *
 * @param inherited the environment as this process got it
 * @throws Error with a sentence that says what to do
 */
export async function runCommand(argv: readonly string[], signal: AbortSignal, inherited: Environment): Promise<End> {
  const screen = openScreen(process.env);
  try {
    const reading = readCommandLine(argv);
    if (reading.kind === 'version') return say(version());
    if (reading.kind === 'command') {
      // A reader such as head closes the output early.
      if (entryOf(reading.line.command).group === 'people') process.stdout.once('error', () => process.exit(EXIT.ok));
      const { line } = reading;
      return await RUN[line.command]({ line, environment: process.env, inherited, signal, screen });
    }
    const { commandHelp, overallHelp } = await import('./cli/help.ts');
    return say(reading.command === undefined ? overallHelp() : commandHelp(reading.command));
  } catch (error) {
    if (isAbort(error, signal)) return interruptedCode(signal);
    if (!(error instanceof CommandError)) throw error;
    screen.note([`ec2-operator: ${error.message}`]);
    return error.exitCode;
  }
}

/** Whether the error only says that the signal was aborted, as fetch and Node's timers and streams do. */
function isAbort(error: unknown, { aborted, reason }: AbortSignal): boolean {
  return aborted && (error === reason || (error instanceof Error && error.name === 'AbortError'));
}

/** Each command loads only the modules it needs. */
const RUN: Readonly<Record<CommandName, (call: Call) => Promise<End>>> = {
  start: async (call) => (await import('./cli/operate.ts')).operate('start', call),
  stop: async (call) => (await import('./cli/operate.ts')).operate('stop', call),
  status: async (call) => (await import('./cli/status.ts')).showStatus(call),
  savings: async (call) => (await import('./cli/savings.ts')).showSavings(call),
  digest: async (call) => (await import('./cli/digest.ts')).showDigest(call),
  machines: async (call) => (await import('./cli/machines.ts')).listMachines(call),
  ops: async (call) =>
    call.line.flags.has('summary')
      ? (await import('./cli/summary.ts')).summarizeDryRuns(call)
      : (await import('./cli/list.ts')).listOperations(call),
  show: async (call) => (await import('./cli/show.ts')).showOne(call),
  cancel: async (call) => (await import('./cli/cancel.ts')).cancelOperations(call),
  hold: async (call) => (await import('./cli/hold.ts')).holdMachine(call),
  release: async (call) => (await import('./cli/hold.ts')).releaseMachine(call),
  holds: async (call) => (await import('./cli/hold.ts')).listHolds(call),
  extend: async (call) => (await import('./cli/leases.ts')).extendLease(call),
  leases: async (call) => (await import('./cli/leases.ts')).showLeases(call),
  plan: async (call) => (await import('./cli/plan.ts')).planDelivery(call),
  replay: async (call) => (await import('./cli/replay.ts')).replayPolicies(call),
  run: async (call) => (await import('./cli/run.ts')).runWork(call),
  'ssh-proxy': async (call) => (await import('./cli/ssh-proxy.ts')).connectThrough(call),
  pause: async (call) => (await import('./cli/pauses.ts')).pause(call),
  resume: async (call) => (await import('./cli/pauses.ts')).resume(call),
  links: async (call) => (await import('./cli/links.ts')).manageLinks(call),
  pauses: async (call) => (await import('./cli/pauses.ts')).showPauses(call),
  notices: async (call) => (await import('./cli/notices.ts')).showNotices(call),
  audit: async (call) => (await import('./cli/audit.ts')).showAudit(call),
  settings: async (call) => (await import('./cli/settings.ts')).showSettings(call),
  notify: async (call) => (await import('./cli/notices.ts')).tryChannel(call),
  completion: async ({ line }) => say((await import('./cli/completion.ts')).completionScript(line.operands[0])),
  help: async () => say((await import('./cli/help.ts')).overallHelp()),
  serve: async ({ line, signal }) => serve(line, signal),
  sandbox: async (call) => (await import('./sandbox/command.ts')).runSandbox(call),
  demo: async (call) => (await import('./demo/command.ts')).runDemo(call, setVariables),
  'check-config': async ({ line }) => checkConfigFile(line),
  doctor: async (call) => (await import('./doctor/command.ts')).runDoctor(call),
  token: async (call) => (await import('./cli/token.ts')).manageTokens(call),
  migrate: async (call) => (await import('./cli/migrate.ts')).migrateDatabase(call),
};

async function serve({ flags, values }: CommandLine, signal: AbortSignal): Promise<number> {
  const { readConfig } = await import('./config/read.ts');
  if (values.has('fleet') && !flags.has('sandbox')) throw usageError('expected --fleet with --sandbox only');
  let config = readConfig(process.env);
  await using stack = new AsyncDisposableStack();
  if (flags.has('sandbox')) {
    const { startSandboxFor } = await import('./sandboxed.ts');
    const sandboxed = await startSandboxFor(config, values.get('fleet'));
    stack.use(sandboxed);
    setVariables(sandboxed.environment);
    ({ config } = sandboxed);
    print(`Using the embedded AWS: ${sandboxed.url}`);
  }
  const { startApp } = await import('./app.ts');
  const app = stack.use(await startApp({ config, environment: process.env }));
  stack.use(logWarnings(app));
  announce(app, config);
  if (!signal.aborted) await once(signal, 'abort');
  app.log.info('stopping: new requests are refused, and running work is finished or released');
  return 0;
}

/** Node's own handler would write warnings to standard error, and block until they are read. */
function logWarnings({ log }: App): Disposable {
  const others = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    log.warn({ err: warning }, warning.message);
  });
  return {
    [Symbol.dispose]: () => {
      process.removeAllListeners('warning');
      for (const other of others) process.on('warning', other);
    },
  };
}

function announce(app: App, config: Config): void {
  app.log.info({ url: app.url, version: version(), node: process.version }, 'ec2-operator is up');
  // Not through the log: its readers must not see the token.
  if (app.generatedToken !== undefined) {
    process.stderr.write(
      `AUTH_TOKEN is not set. This token was made and is kept in the store:\n  ${app.generatedToken}\n`,
    );
  }
  if (config.auth_token !== undefined && config.auth_token.length < 16) {
    app.log.warn('AUTH_TOKEN is short enough to be guessed: use at least 16 characters');
  }
}

async function checkConfigFile({ flags, operands }: CommandLine): Promise<number> {
  if (flags.has('schema')) {
    const { configJsonSchema } = await import('./config/json-schema.ts');
    return say(JSON.stringify(configJsonSchema(), undefined, 2));
  }
  const [file] = operands;
  if (file === undefined)
    throw usageError('expected FILE behind "check-config", got nothing more: see ec2-operator check-config --help');
  const { checkConfig } = await import('./check-config.ts');
  return say(`${await checkConfig(file, !flags.has('without-files'))}: no problems`);
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

/** Runs the `aws` command, version 1 or 2: at most so many processes at once, with the credentials of a place. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Environment } from '../config/environment.ts';
import type { Place } from '../domain/instance.ts';
import {
  assumeRoleInput,
  callLimitMs,
  endpointOf,
  regionOf,
  roleOf,
  type AwsService,
  type Ec2Settings,
} from './accounts.ts';
import { cliEnvironment } from './aws-cli-environment.ts';
import { cliError, excerpt, MISSING } from './aws-cli-error.ts';
import { createRunner, RunError, type Runner } from './aws-cli-process.ts';
import { createRoleCredentials } from './aws-cli-role.ts';
import { profileForAws, readAgentToken } from './credentials.ts';
import { extraBundle } from './network.ts';
import { Ec2Error } from './port.ts';
import { closedError } from './reported-error.ts';
import { PAGE_SIZE } from './request.ts';

/** A thousand instances with all their tags and interfaces take less than 20 MiB of JSON. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Python needs half a second of CPU to start, and much longer on a busy machine. */
const START_UP_MS = 20_000;

export type Prepare = () => Promise<object | undefined>;

/** Starts a process per call. */
export interface AwsProcesses {
  /** More processes at once, for calls for which others do not wait. */
  readonly addRunner: (concurrency: number) => Runner;
  /** @returns undefined when there was no input: then nothing was run @throws Ec2Error */
  readonly run: (
    place: Place,
    call: readonly [AwsService, string],
    prepare: Prepare,
    by?: Runner,
  ) => Promise<string | undefined>;
  readonly close: () => void;
}

export function createAwsCommand(settings: Ec2Settings): AwsProcesses {
  const bundle = createBundle(settings.environment);
  const limits = { command: 'aws', limitMs: START_UP_MS + callLimitMs(settings), maxOutputBytes: MAX_OUTPUT_BYTES };
  const runners: Runner[] = [];
  const addRunner = (concurrency: number): Runner => {
    const runner = createRunner({ ...limits, concurrency });
    runners.push(runner);
    return runner;
  };
  const first = addRunner(settings.cliConcurrency);

  /** @returns undefined when there was no input: then nothing was run */
  const runAws = async (
    place: Place,
    call: readonly [AwsService, string],
    prepare: Prepare,
    roleKeys?: Environment,
    by: Runner = first,
  ): Promise<string | undefined> => {
    const prepareArgs = async (): Promise<readonly string[] | undefined> => {
      const input = await prepare();
      if (input === undefined) return undefined;
      // A profile would come before the keys of the role.
      const profile = roleKeys === undefined ? profileForAws(settings.environment) : undefined;
      return [...call, '--cli-input-json', asciiJson(input), ...options(settings, place, call, { input, profile })];
    };
    try {
      const agent = agentVariables(await readAgentToken(settings.environment));
      const environment = cliEnvironment(settings.environment, {
        names: settings.cliVariables ?? [],
        urls: [endpointOf(settings, 'ec2', place), endpointOf(settings, 'sts'), endpointOf(settings, 'pricing')],
      });
      const variables = { ...environment, ...bundle.variables(), ...agent, ...roleKeys };
      const finished = await by.runPrepared(prepareArgs, variables);
      if (finished === undefined) return undefined;
      if (finished.status !== 0) throw cliError(finished, settings.environment);
      return finished.stdout;
    } catch (error) {
      throw error instanceof RunError ? runFailure(error) : error;
    }
  };

  const roleCredentials = createRoleCredentials(Date.now);
  const roleKeysFor = async (place: Place): Promise<Environment | undefined> => {
    const role = roleOf(settings, place);
    if (role === undefined) return undefined;
    const assume = async (): Promise<unknown> => {
      const input = async (): Promise<object> => Promise.resolve(assumeRoleInput(role));
      return parseJson((await runAws(place, ['sts', 'assume-role'], input)) ?? '', 'AssumeRole');
    };
    return roleCredentials(role, assume);
  };
  return {
    addRunner,
    run: async (place, call, prepare, by = first) => runAws(place, call, prepare, await roleKeysFor(place), by),
    close: (): void => {
      for (const runner of runners) runner.close();
      bundle.remove();
    },
  };
}

/** A file of every authority that Node trusts, made on first use: `aws` reads it in place of its own. */
function createBundle(environment: Environment) {
  let directory: string | undefined;
  return {
    variables: (): Environment => {
      if (directory === undefined) {
        const text = extraBundle(environment);
        if (text === undefined) return {};
        directory = mkdtempSync(path.join(tmpdir(), 'ec2-operator-ca-'));
        writeFileSync(path.join(directory, 'bundle.pem'), text);
      }
      return { AWS_CA_BUNDLE: path.join(directory, 'bundle.pem') };
    },
    remove: (): void => {
      if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
      directory = undefined;
    },
  };
}

/** How `aws` reads other characters depends on the locale. */
function asciiJson(input: object): string {
  return JSON.stringify(input).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function agentVariables(token: string | undefined): Environment {
  if (token === undefined) return {};
  return { AWS_CONTAINER_AUTHORIZATION_TOKEN: token, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: undefined };
}

/**
 * Options besides the parameters. `=` keeps a value from being read as an option. The endpoint is an option because `aws`
 * before 2.13 does not know the variable.
 */
function options(
  settings: Ec2Settings,
  place: Place,
  [service]: readonly [AwsService, string],
  { input, profile }: { readonly input: object; readonly profile: string | undefined },
): string[] {
  const region = regionOf(settings, place);
  const endpoint = endpointOf(settings, service, place);
  return [
    '--output=json',
    `--cli-connect-timeout=${wholeSeconds(settings.connectTimeoutMs)}`,
    `--cli-read-timeout=${wholeSeconds(settings.requestTimeoutMs)}`,
    ...(profile === undefined ? [] : [`--profile=${profile}`]),
    ...(region === undefined ? [] : [`--region=${region}`]),
    ...(endpoint === undefined ? [] : [`--endpoint-url=${endpoint}`]),
    ...pagingOf(input),
  ];
}

/** `aws` reads all pages by itself, unless the input asks for one. EC2 refuses a page size beside a list of ids. */
function pagingOf(input: object): readonly string[] {
  if ('MaxResults' in input) return ['--no-paginate'];
  return 'Filters' in input ? [`--page-size=${PAGE_SIZE}`] : [];
}

/** `aws` reads 0 as no limit. */
function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1_000));
}

function runFailure(error: RunError): Ec2Error {
  switch (error.failure) {
    case 'missing':
      return new Ec2Error('ClientMissing', MISSING, { cause: error });
    case 'limit':
      return new Ec2Error('ClientTimeout', `no answer in time: ${error.message}`, { cause: error });
    case 'closed':
      return closedError();
    case 'spawn':
      return new Ec2Error('ClientConnection', error.message, { cause: error });
    case 'output':
      return new Ec2Error('ClientOutput', error.message, { cause: error });
  }
}

export function parseJson(text: string, operation: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    // The answer of AssumeRole holds credentials, so neither the cause nor the text is shown.
    const came = operation === 'AssumeRole' ? 'something else' : excerpt(text);
    throw new Ec2Error('ClientOutput', `${operation}: expected JSON from aws, got ${came}`);
  }
}

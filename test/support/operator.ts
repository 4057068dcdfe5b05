/** The running application on the embedded EC2, in words that let a test read like the specification. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startApp } from '../../src/app.ts';
import type { AssembleOptions } from '../../src/assemble.ts';
import { type Environment } from '../../src/config/environment.ts';
import { loadConfig } from '../../src/config/load.ts';
import {
  operationAnswerSchema,
  problemSchema,
  receiptsSchema,
  type OperationBody,
  type Receipt,
} from '../../src/http/schemas.ts';
import type { SandboxCall } from '../../src/sandbox/call-log.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server.ts';
import { delivery } from './alerts.ts';
import { fleetOf, machines, REGION, type MachineEntry } from './fleet.ts';
import { putMigrated } from './migrated.ts';
import { quickDirectory } from './quick-directory.ts';

// An operator is made to have a process to itself. The many that tests run side by side in one are no leak of listeners.
process.setMaxListeners(0);
process.stdout.setMaxListeners(0);

export interface OperatorOptions {
  /** Default: two ordinary machines. */
  readonly machines?: readonly MachineEntry[];
  readonly accounts?: MachineEntry;
  /** Default: 50 ms to start and to stop. */
  readonly timings?: SandboxOptions['timings'];
  /** Variables over those of a test: no authentication, a free port of loopback, a database of its own. */
  readonly environment?: Environment;
  /** The configuration file's text. */
  readonly config?: string;
  /** The names there are, with their addresses, which may come late; no resolver is asked then. */
  readonly names?: Readonly<Record<string, readonly string[] | Promise<readonly string[]>>>;
  /** The operator's clock, not that of the machines. Default: the system's. */
  readonly clock?: () => number;
  /** Whether the machines are watched, which are calls to EC2 that no alert asks for. Default: no. */
  readonly watch?: boolean;
  /** Goes on with another operator's sandbox and database. */
  readonly after?: Pick<Operator, 'sandbox' | 'dataDir'>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Operator extends AsyncDisposable {
  readonly url: string;
  readonly sandbox: Sandbox;
  readonly dataDir: string;
  readonly generatedToken: string | undefined;
  readonly request: (path: string, init?: RequestInit) => Promise<Answer>;
  /** Posts a delivery and expects its receipts. */
  readonly post: (route: '/operateHostname' | '/operateInstance', alerts: readonly unknown[]) => Promise<Receipt[]>;
  /** Asks as a person does, with the query as it stands, and expects an operation in the answer. */
  readonly ask: (pathAndQuery: string) => Promise<{ readonly status: number; readonly operation: OperationBody }>;
  /** Waits until the operation has ended; fails when it has not after a minute. */
  readonly end: (id: string | undefined) => Promise<OperationBody>;
  /** Resolves once the operation waits for this reason; fails when it ends instead. */
  readonly waiting: (id: string | undefined, reason: string) => Promise<void>;
  readonly read: (id: string | undefined, wait?: string) => Promise<OperationBody>;
  /** Calls of the sandbox that would change a machine, dry runs excluded. */
  readonly changes: (id?: string) => readonly SandboxCall[];
  /** Ends the application alone: its sandbox and its database stay for one that comes after. */
  readonly stop: () => Promise<void>;
}

/** What leads an AWS client to the sandbox. */
export function sandboxEnvironment(sandbox: Pick<Sandbox, 'url'>): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: sandbox.url,
    AWS_ACCESS_KEY_ID: 'AKIASANDBOXMAIN00000',
    AWS_SECRET_ACCESS_KEY: 'sandbox',
    AWS_REGION: REGION,
  };
}

export async function startOperator(options: OperatorOptions = {}): Promise<Operator> {
  await using stack = new AsyncDisposableStack();
  const { after } = options;
  const dataDir = after?.dataDir ?? (await migratedDirectory(stack));
  const sandbox = after?.sandbox ?? stack.use(await startSandboxOf(options));
  const environment = {
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: dataDir,
    AUTH: 'none',
    LOG_LEVEL: 'silent',
    ...sandboxEnvironment(sandbox),
    ...options.environment,
  };
  const app = stack.use(
    await startApp({
      config: loadConfig(environment, options.config),
      environment,
      watch: options.watch ?? false,
      ...lookUpOf(options.names),
      ...(options.clock === undefined ? {} : { clock: options.clock }),
    }),
  );
  const running = stack.move();
  return {
    url: app.url,
    sandbox,
    dataDir,
    generatedToken: app.generatedToken,
    ...requestsTo(app.url),
    changes: (id) =>
      sandbox.calls.filter(
        ({ action, dryRun, instanceIds }) =>
          /^(?:Start|Stop|Reboot|Terminate)Instances$/.test(action) &&
          !dryRun &&
          (id === undefined || instanceIds.includes(id)),
      ),
    stop: async () => app.close(),
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

const PREFIX = 'ec2-operator-test-';

/** For databases and other files. Removed with the stack. */
export async function temporaryDirectory(stack: AsyncDisposableStack): Promise<string> {
  return removedWith(stack, await quickDirectory(PREFIX));
}

/** For a database that is there, and empty. Removed with the stack. */
export async function migratedDirectory(stack: AsyncDisposableStack): Promise<string> {
  const directory = await temporaryDirectory(stack);
  await putMigrated(directory);
  return directory;
}

/** For programs, too: some systems run none that lies in memory. Removed with the stack. */
export async function programDirectory(stack: AsyncDisposableStack): Promise<string> {
  return removedWith(stack, await mkdtemp(path.join(tmpdir(), PREFIX)));
}

function removedWith(stack: AsyncDisposableStack, directory: string): string {
  stack.defer(async () => rm(directory, { recursive: true, force: true }));
  return directory;
}

type Requests = Pick<Operator, 'request' | 'post' | 'ask' | 'end' | 'waiting' | 'read'>;

/** What can be asked of an operator that listens on this URL, in this process or in another. */
export function requestsTo(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  send: typeof fetch = fetch,
): Requests {
  const request: Operator['request'] = async (pathAndQuery, init = {}) => {
    const given = Object.fromEntries(new Headers(init.headers ?? {}));
    const response = await send(`${url}${pathAndQuery}`, { ...init, headers: { ...headers, ...given } });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const read: Operator['read'] = async (id, wait = '0s') => {
    assert.ok(id, 'expected the id of an operation');
    const answer = await request(`/api/v1/operations/${id}?wait=${wait}`);
    assert.equal(answer.status, 200, answer.text);
    return operationAnswerSchema.parse(JSON.parse(answer.text)).operation;
  };
  return {
    request,
    read,
    waiting: async (id, reason) => {
      for (;;) {
        const operation = await read(id);
        if (operation.state === 'waiting' && operation.reason === reason) return;
        assert.match(operation.state, /^(?:queued|acting|waiting|verifying)$/, operation.message ?? '');
      }
    },
    post: async (route, alerts) => {
      const answer = await request(route, json(delivery(alerts)));
      assert.equal(answer.status, 200, answer.text);
      return receiptsSchema.parse(JSON.parse(answer.text)).receipts;
    },
    ask: async (pathAndQuery) => {
      const { status, text } = await request(pathAndQuery);
      const answer = operationAnswerSchema.safeParse(JSON.parse(text));
      assert.ok(answer.success, `expected an operation, got ${status}: ${text}`);
      return { status, operation: answer.data.operation };
    },
    end: async (id) => {
      const operation = await read(id, '60s');
      const { state, message } = operation;
      assert.match(state, /^(?:succeeded|refused|failed|cancelled)$/, `still ${state}: ${message ?? ''}`);
      return operation;
    },
  };
}

/** A POST of this value. */
export function json(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Expects a short `application/problem+json` of this status, and gives its detail. */
export function problemIn(answer: Answer, status: number): string {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.ok(answer.text.length < 2_500, `a problem of ${answer.text.length} characters`);
  const problem = problemSchema.parse(JSON.parse(answer.text));
  assert.equal(problem.status, status);
  return problem.detail;
}

async function startSandboxOf(options: OperatorOptions): Promise<Sandbox> {
  return startSandbox({
    fleet: fleetOf(options.machines ?? machines(2), options.accounts),
    timings: { startMs: 50, stopMs: 50, checksMs: 50, ...options.timings },
  });
}

function lookUpOf(names: OperatorOptions['names']): Pick<AssembleOptions, 'lookUpName'> {
  if (names === undefined) return {};
  return {
    lookUpName: async (name) => {
      const addresses = await names[name.replace(/\.$/, '')];
      return addresses === undefined ? { answer: 'unknown' } : { answer: 'addresses', addresses };
    },
  };
}

/**
 * The whole operator on the embedded EC2, with all clocks in the test's hand: nothing happens by itself, and days pass in
 * milliseconds. The clock is the global `Date`, so operator, sandbox and signatures agree.
 */
import type { mock } from 'node:test';
import { openServer } from '../../src/app.ts';
import type { Answers } from '../../src/engine/answers.ts';
import { askForStops } from '../../src/engine/leases.ts';
import { loadConfig } from '../../src/config/load.ts';
import { operationAnswerSchema, type OperationBody } from '../../src/http/schemas.ts';
import type { Store } from '../../src/store/port.ts';
import type { SandboxCall } from '../../src/sandbox/call-log.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { fleetOf, type MachineEntry } from './fleet.ts';
import { readPage, type ShownPage } from './links.ts';
import { sandboxEnvironment, migratedDirectory } from './operator.ts';

export interface VirtualOperator extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly dataDir: string;
  readonly store: Store;
  /** Ends the application alone: its sandbox and its database stay for one that comes after. */
  readonly stop: () => Promise<void>;
  readonly answers: Answers;
  /** Asks the API. Requests that wait for an operation have to say `wait=0s`. */
  readonly request: (
    method: string,
    path: string,
    more?: More,
  ) => Promise<{ readonly status: number; readonly body: unknown }>;
  readonly read: (id: string) => Promise<OperationBody>;
  /** Asks without a token, as a browser does. */
  readonly browse: (path: string, init?: RequestInit) => Promise<ShownPage>;
  /** Sends the notices that are due. */
  readonly deliver: () => Promise<unknown>;
  /** Lets time pass, and does what falls due on the way. */
  readonly passTime: (ms: number) => Promise<void>;
  /** Does what is due now. */
  readonly settle: () => Promise<void>;
  /** Resolves when all is recorded that EC2 has shown. */
  readonly seen: () => Promise<void>;
  /** Looks after the schedules of leases once. */
  readonly keepSchedules: () => Promise<void>;
  /** The calls that would stop a machine, in order. */
  readonly stops: () => readonly SandboxCall[];
}

interface More {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface VirtualOptions {
  readonly machines: readonly MachineEntry[];
  readonly accounts?: MachineEntry;
  readonly config: string;
  /** It goes on with the database and the sandbox of this one, which was stopped. */
  readonly after?: Pick<VirtualOperator, 'sandbox' | 'dataDir'>;
  /** The token of every request that shows no other one. Default: none is needed. */
  readonly token?: Readonly<Record<string, string>>;
  /** Plays the channels: called whenever all that is due is done. */
  readonly deliver?: (store: Store) => Promise<void>;
  /** Enabled for `Date`. */
  readonly timers: (typeof mock)['timers'];
}

/** No machine of the sandbox takes longer to start or stop. */
const TIMINGS = { startMs: 1_000, stopMs: 1_000 };

/** Work that is due within this time after a step is part of the step: an accepted call is verified. */
const STEP_MS = 10_000;

/** What looks at the clock by itself does so at least as often. */
const STRIDE_MS = 3_600_000;

export async function startVirtualOperator(options: VirtualOptions): Promise<VirtualOperator> {
  const { machines, accounts, config, after, timers } = options;
  await using stack = new AsyncDisposableStack();
  const fleet = fleetOf(machines, accounts);
  const sandbox = after?.sandbox ?? stack.use(await startSandbox({ fleet, timings: TIMINGS, keepCalls: 100_000 }));
  const dataDir = after?.dataDir ?? (await migratedDirectory(stack));
  const application = stack.use(new AsyncDisposableStack());
  const environment = {
    DATA_DIR: dataDir,
    AUTH: options.token === undefined ? 'none' : 'token',
    LOG_LEVEL: 'silent',
    ...sandboxEnvironment(sandbox),
  };
  const opened = await openServer({ config: loadConfig(environment, config), environment }, application);
  const { store } = opened.parts;
  const { worker, leaseParts } = opened.engine;

  const settle = async (): Promise<void> => {
    for (;;) {
      await askForStops(leaseParts);
      const { claimed, carried } = await worker.tick();
      await carried;
      if (claimed > 0) continue;
      await options.deliver?.(store);
      const due = (await store.nextDueAt()) ?? Infinity;
      if (due > Date.now() + STEP_MS) return;
      timers.setTime(Math.max(Date.now() + 1, due));
    }
  };
  const send = async (path: string, init: RequestInit): Promise<Response> =>
    opened.http.fetch(new Request(`http://127.0.0.1${path}`, init), {
      incoming: { socket: { remoteAddress: '127.0.0.1' } },
    });
  const browse: VirtualOperator['browse'] = async (path, init = {}) => {
    const response = await send(path, init);
    return readPage({ status: response.status, headers: response.headers, text: await response.text() });
  };
  const request: VirtualOperator['request'] = async (method, path, { body, headers = {} } = {}) => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await send(path, {
      method,
      ...init,
      headers: { 'content-type': 'application/json', ...options.token, ...headers },
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, body: isJson ? (JSON.parse(text) as unknown) : text };
  };
  const running = stack.move();
  return {
    sandbox,
    dataDir,
    store,
    stop: async () => application.disposeAsync(),
    answers: opened.engine.pages.answers,
    request,
    browse,
    deliver: opened.courier.tick,
    settle,
    seen: opened.engine.watching.settled,
    keepSchedules: opened.engine.keeper.tick,
    stops: () => sandbox.calls.filter(({ action, dryRun }) => action === 'StopInstances' && !dryRun),
    read: async (id) =>
      operationAnswerSchema.parse((await request('GET', `/api/v1/operations/${id}?wait=0s`)).body).operation,
    passTime: async (ms) => {
      const end = Date.now() + ms;
      for (;;) {
        await settle();
        const due = (await store.nextDueAt()) ?? Infinity;
        const next = Math.min(due, Date.now() + STRIDE_MS);
        if (next > end) break;
        timers.setTime(Math.max(Date.now(), next));
      }
      if (Date.now() < end) timers.setTime(end);
      await settle();
    },
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

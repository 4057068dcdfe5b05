/** `demo`: runs the operator on the embedded AWS, sends it alerts as Alertmanager does, and tells what it does. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startApp, type App } from './app.ts';
import type { Call } from './cli/call.ts';
import { readVariable } from './config/environment.ts';
import { loadConfig } from './config/load.ts';
import { operationAnswerSchema, receiptsSchema, type OperationBody, type Receipt } from './http/schemas.ts';
import type { ClientEnvironment } from './sandbox/client-environment.ts';
import { startSandboxFor, type Sandboxed } from './sandboxed.ts';

const TOKEN = 'demo-token-for-a-sandbox';

/** The host names of the story's alerts. */
const CONFIG = `
hosts:
  gpu-1: 10.0.1.5
  inference-1: 10.0.2.10
  notebook: 10.0.9.9
`;

/** @returns the exit code: 0 if the demo's machine was really stopped */
export async function runDemo(
  { environment, line: { flags }, screen, signal }: Call,
  setVariables: (variables: ClientEnvironment) => void,
): Promise<number> {
  const print = (line: string): void => screen.write([[line]]);
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'ec2-operator-demo-'));
  stack.defer(async () => rm(directory, { recursive: true, force: true }));
  const port = await freePort(Number(readVariable(environment, 'PORT') ?? 8080));
  const loaded = loadConfig(
    {
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: directory,
      AUTH_TOKEN: TOKEN,
      LOG_LEVEL: readVariable(environment, 'LOG_LEVEL') ?? 'error',
    },
    CONFIG,
  );
  const sandboxed = stack.use(await startSandboxFor(loaded, undefined, { startMs: 2_000, stopMs: 3_000 }));
  setVariables(sandboxed.environment);
  const app = stack.use(
    await startApp({ config: sandboxed.config, environment: { ...environment, ...sandboxed.environment } }),
  );
  const succeeded = await tellStory(app, sandboxed, print);
  if (flags.has('once') || signal.aborted) return succeeded ? 0 : 1;
  for (const line of invitation(app.url)) print(line);
  await once(signal, 'abort');
  return succeeded ? 0 : 1;
}

async function tellStory(app: App, { sandbox, url }: Sandboxed, print: (line: string) => void): Promise<boolean> {
  const idle = 'i-0a1b2c3d4e5f60001';
  print(`ec2-operator listens on ${app.url}, with the embedded AWS on ${url}: nothing here is real or costs anything.`);
  print('');
  print(
    'It is Monday. Prometheus sees that gpu-1, a p4d.24xlarge, has been idle since the weekend, and Alertmanager posts:',
  );
  print('  POST /operateHostname   3 alerts: UnusedGPU on gpu-1, on inference-1 and on notebook, action=stop');
  print('');
  const receipts = await postAlerts(app.url, ['gpu-1', 'inference-1', 'notebook']);
  print('Each alert gets its own receipt once all of them are on disk:');
  for (const { outcome, operation } of receipts) print(`  ${outcome}: operation ${operation ?? '(none)'}`);
  print('');
  const ends = await Promise.all(receipts.map(async (receipt) => readEnd(app.url, receipt)));
  for (const end of ends) for (const line of describeEnd(end)) print(line);
  print(
    'Two hours later Alertmanager sends the group again. gpu-1 has been dealt with; the others are looked at afresh:',
  );
  const again = await postAlerts(app.url, ['gpu-1', 'inference-1', 'notebook']);
  print(`  ${again.map(({ outcome }) => outcome).join(', ')}`);
  const { state } = sandbox.instance(idle);
  print('');
  print(`gpu-1 is ${state} in EC2, and its operation says what stopped it and why.`);
  return ends[0]?.state === 'succeeded' && state === 'stopped';
}

function describeEnd(end: OperationBody): readonly string[] {
  const times = (end.trail ?? []).map(({ at, state, message }) => {
    const seconds = ((Date.parse(at) - Date.parse(end.createdAt)) / 1_000).toFixed(2);
    return `  +${seconds}s ${(state ?? '').padEnd(10)} ${message ?? ''}`.trimEnd();
  });
  return [`${end.target}: ${end.state} (${end.reason ?? ''})`, ...times, ''];
}

/** The alert of the original's README, as Alertmanager sends it. It began an hour ago and is the same each time. */
async function postAlerts(url: string, hostnames: readonly string[]): Promise<readonly Receipt[]> {
  const alerts = hostnames.map((hostname) => ({
    status: 'firing',
    labels: {
      alertname: 'UnusedGPU',
      severity: 'critical',
      hostname,
      action: 'stop',
      client: 'native',
      dryrun: 'false',
    },
    annotations: { summary: 'Unused GPU' },
    startsAt: BEGAN,
    endsAt: '0001-01-01T00:00:00Z',
  }));
  const body = JSON.stringify({
    version: '4',
    status: 'firing',
    receiver: 'ec2operator',
    groupKey: '{}',
    truncatedAlerts: 0,
    alerts,
  });
  const response = await fetch(`${url}/operateHostname`, {
    method: 'POST',
    headers: { ...AUTHORIZATION, 'content-type': 'application/json' },
    body,
  });
  return receiptsSchema.parse(await response.json()).receipts;
}

async function readEnd(url: string, { operation }: Receipt): Promise<OperationBody> {
  const response = await fetch(`${url}/api/v1/operations/${operation}?wait=60s`, { headers: AUTHORIZATION });
  return operationAnswerSchema.parse(await response.json()).operation;
}

const AUTHORIZATION = { authorization: `Bearer ${TOKEN}` };
const BEGAN = new Date(Date.now() - 3_600_000).toISOString();

function invitation(url: string): readonly string[] {
  const curl = `curl -H 'Authorization: Bearer ${TOKEN}'`;
  return [
    '',
    'It keeps serving; Ctrl-C ends it. Get the machine back, and see what happened:',
    `  ${curl} '${url}/operateHostname?hostname=gpu-1&action=start&client=native&dryrun=false'`,
    `  ${curl} '${url}/api/v1/operations'`,
  ];
}

/** The wanted port, or 0 for any free port if it is taken. */
async function freePort(wanted: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = createServer();
  probe.once('error', () => {
    resolve(false);
  });
  probe.listen(wanted, '127.0.0.1', () => {
    probe.close(() => {
      resolve(true);
    });
  });
  return (await promise) ? wanted : 0;
}

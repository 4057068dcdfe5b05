/** EventBridge Scheduler in the sandbox: two accounts, a role for schedules in each, and a clock that a test moves. */
import { createSchedules } from '../../src/schedules/native.ts';
import type { Schedules } from '../../src/schedules/port.ts';
import type { Ec2Settings } from '../../src/ec2/accounts.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { createClock, type MovableClock } from '../support/clock.ts';
import { fleetOf, machine, REGION } from '../support/fleet.ts';

export const OWN = '123456789012';
export const OTHER = '210987654321';
export const KEY = 'AKIASANDBOXMAIN00000';
export const GROUP = 'ec2-operator';
export const ROLE = `arn:aws:iam::${OWN}:role/ec2-operator-switch`;
export const OTHER_ROLE = `arn:aws:iam::${OTHER}:role/ec2-operator-switch`;

export const ACCOUNTS = {
  [OWN]: { keys: [KEY], roles: ['ec2-operator-switch'] },
  [OTHER]: { roles: ['ec2-operator', 'ec2-operator-switch'] },
} as const;

export interface SchedulerSite extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly clock: MovableClock;
  readonly schedules: Schedules;
  readonly settings: Ec2Settings;
}

export async function startSchedulerSite(
  accounts: Readonly<Record<string, unknown>> = ACCOUNTS,
): Promise<SchedulerSite> {
  const clock = createClock();
  const machines = [machine(1), machine(2), machine(3, { account: OTHER, region: 'us-east-1' })];
  const fleet = fleetOf(machines, accounts);
  const sandbox = await startSandbox({ fleet, clock: clock.now, timings: { startMs: 1, stopMs: 1 } });
  await addGroup(sandbox.url, REGION);
  const settings: Ec2Settings = {
    accounts: [{ name: 'research', roleArn: `arn:aws:iam::${OTHER}:role/ec2-operator` }],
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 5_000,
    cliConcurrency: 1,
    environment: {
      AWS_ENDPOINT_URL: sandbox.url,
      AWS_ACCESS_KEY_ID: KEY,
      AWS_SECRET_ACCESS_KEY: 'sandbox',
      AWS_REGION: REGION,
    },
  };
  const schedules = createSchedules(settings, clock.now);
  return {
    sandbox,
    clock,
    schedules,
    settings,
    [Symbol.asyncDispose]: async () => {
      schedules.close();
      await sandbox.close();
    },
  };
}

/** A call as a client signs it, but without its checks. */
export async function callScheduler(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  { key = KEY, region = REGION, service = 'scheduler' } = {},
): Promise<{ readonly status: number; readonly code: string; readonly body: Readonly<Record<string, unknown>> }> {
  const authorization = `AWS4-HMAC-SHA256 Credential=${key}/20261122/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  const sent = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { authorization, 'content-type': 'application/json' };
  const answer = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body: sent }) });
  const code = answer.headers.get('x-amzn-errortype') ?? '';
  return { status: answer.status, code, body: (await answer.json()) as Readonly<Record<string, unknown>> };
}

export async function addGroup(url: string, region: string, key = KEY): Promise<void> {
  await callScheduler(url, 'POST', `/schedule-groups/${GROUP}`, {}, { region, key });
}

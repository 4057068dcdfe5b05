/** The operator under one scenario's traffic. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import path from 'node:path';
import * as z from 'zod';
import { operationsAnswerSchema } from '../src/http/schemas.ts';
import { awaitTold, mark, readCalls, restartSandbox } from './ask-sandbox.ts';
import { fillVoice } from './fill-voice.ts';
import { monotonicMs } from './clock.ts';
import { post } from './load.ts';
import { deliveryFor, idOf, numbers } from './machines.ts';
import { startOperator } from './operator.ts';
import type { Parts } from './parts.ts';
import type { Scenario } from './scenarios.ts';
import { percentile } from './statistics.ts';

export interface Sample {
  /** From the first POST, or the first end of a warning, until EC2 has been told about the last machine. */
  readonly seconds: number;
  readonly alertsPerSecond: number;
  /** From the POST of an alert, or the end of its warning, until EC2 has answered the call for its machine. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly ec2Calls: number;
  readonly awsProcesses: number;
  /** With those that verify. Looked at when asked for only. */
  readonly ec2CallsToTheEnd?: number;
  readonly awsProcessesToTheEnd?: number;
  /** From the first POST until the last machine is warned of. */
  readonly warnedSeconds?: number;
  readonly rssMiB: number;
  readonly startUpMs: number;
  readonly idleRssMiB: number;
}

export interface SubjectOptions {
  /** Names the run's directory; used once. */
  readonly run: number;
  readonly toTheEnd: boolean;
  readonly profileDirectory?: string;
}

export async function measureSubject(parts: Parts, scenario: Scenario, options: SubjectOptions): Promise<Sample> {
  const { sandbox, aws } = parts;
  const { alerts, warmUp, delayMs, concurrency, group, client, warnsMs } = scenario;
  const endpoint = await restartSandbox(sandbox, { machines: alerts + warmUp, delayMs });
  const { profileDirectory } = options;
  const directory = path.join(parts.directory, `run-${options.run}`);
  await using channel = scenario.told === true ? await startChannel() : undefined;
  if (scenario.kept !== undefined) await fillVoice(path.join(directory, 'data'), scenario.kept);
  await using operator = await startOperator({
    directory,
    endpoint,
    // The sandbox has no limits here, and EC2's would be all that is measured.
    aws: { rate_limits: 'none' },
    ...(warnsMs === undefined ? {} : { settings: settingsOf(warnsMs, channel?.url) }),
    path: parts.path,
    ...(scenario.store === 'postgres' && parts.postgres !== undefined
      ? { databaseUrl: await parts.postgres.createDatabase() }
      : {}),
    ...(profileDirectory === undefined ? {} : { profileDirectory }),
  });
  let warnedMs = NaN;
  const send = async (machines: readonly number[]) => {
    const groups = inGroups(machines, group);
    const bodies = groups.map((members) => deliveryFor(members, { verb: 'stop', client }));
    const { sentAt } = await post({
      url: `${operator.url}/operateHostname`,
      bodies,
      concurrency,
      ...(scenario.lone === true ? { afterEach: async (posted) => void (await awaitTold(sandbox, posted)) } : {}),
    });
    const told = await awaitTold(sandbox, machines.length).catch((cause: unknown) => {
      throw new Error(`${scenario.name}: not every alert led to a call. The operator says:\n${operator.tail()}`, {
        cause,
      });
    });
    const ends = warnsMs === undefined ? undefined : await readEndsOfWarnings(operator.url);
    const lastEnd = Math.max(...machines.map((machine) => ends?.get(idOf(machine)) ?? NaN));
    warnedMs = lastEnd - (warnsMs ?? 0) - Math.min(...sentAt);
    return groups.flatMap((members, index) =>
      members.map((machine) => {
        const id = idOf(machine);
        return { sentAt: (ends === undefined ? sentAt[index] : ends.get(id)) ?? NaN, toldAt: told.get(id) ?? NaN };
      }),
    );
  };
  if (warmUp > 0) {
    await send(numbers(alerts + 1, warmUp));
    await operator.ended();
    await mark(sandbox);
  }
  const awsBefore = (await aws?.count()) ?? 0;
  const times = await send(numbers(1, alerts));
  const seconds =
    (Math.max(...times.map(({ toldAt }) => toldAt)) - Math.min(...times.map(({ sentAt }) => sentAt))) / 1_000;
  const waits = times.map(({ sentAt, toldAt }) => toldAt - sentAt);
  const countCalls = async () => ({
    ec2: (await readCalls(sandbox)).length,
    aws: ((await aws?.count()) ?? 0) - awsBefore,
  });
  const calls = await countCalls();
  const rssMiB = await operator.rssMiB();
  if (options.toTheEnd) await operator.ended();
  const callsToTheEnd = await countCalls();
  return {
    seconds,
    alertsPerSecond: alerts / seconds,
    p50Ms: percentile(waits, 0.5),
    p99Ms: percentile(waits, 0.99),
    ec2Calls: calls.ec2,
    awsProcesses: calls.aws,
    ...(options.toTheEnd ? { ec2CallsToTheEnd: callsToTheEnd.ec2, awsProcessesToTheEnd: callsToTheEnd.aws } : {}),
    ...(warnsMs === undefined ? {} : { warnedSeconds: warnedMs / 1_000 }),
    rssMiB,
    startUpMs: operator.startUpMs,
    idleRssMiB: operator.idleRssMiB,
  };
}

function settingsOf(warnsMs: number, channel: string | undefined): Readonly<Record<string, unknown>> {
  const warn = { always: true, before: `${warnsMs}ms` };
  return channel === undefined ? { warn } : { warn, channels: [{ name: 'bus', webhook: { url: channel } }] };
}

/** Takes every notice at once. */
async function startChannel(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(204).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Of the newest thousand operations, by machine (monotonic clock). */
async function readEndsOfWarnings(url: string): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${url}/api/v1/operations?limit=1000`);
  const { operations } = operationsAnswerSchema.parse(await response.json());
  const sinceEpoch = Date.now() - monotonicMs();
  return new Map(
    operations.map(({ instance, warning }) => [instance?.id ?? '', Date.parse(warning?.stopsAt ?? '') - sinceEpoch]),
  );
}

function inGroups(machines: readonly number[], size: number): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(machines.length / size) }, (_, index) =>
    machines.slice(index * size, (index + 1) * size),
  );
}

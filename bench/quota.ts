/** How close to EC2's own limits the operator comes: a fleet's worth of alerts against the real token buckets. */
import path from 'node:path';
import { THROTTLE_RULES } from '../src/sandbox/buckets.ts';
import { awaitTold, readCalls, restartSandbox } from './ask-sandbox.ts';
import { post } from './load.ts';
import { deliveryFor, idOf, numbers } from './machines.ts';
import { startOperator } from './operator.ts';
import type { Parts } from './parts.ts';

export interface QuotaResult {
  readonly stops: number;
  readonly starts: number;
  /** From the first POST until the last machine has been told, and the least that the buckets allow. */
  readonly seconds: number;
  readonly boundSeconds: number;
  readonly timesBound: number;
  readonly stopSeconds: number;
  readonly stopBoundSeconds: number;
  readonly startSeconds: number;
  readonly startBoundSeconds: number;
  readonly ec2Calls: number;
  /** Calls that EC2 throttled, and those of them later than one second after the first call. */
  readonly throttled: number;
  readonly throttledLater: number;
}

const STOPS = 10_000;
const STARTS = 2_000;
const GROUP = 100;

/** @param scale divides what goes beyond the buckets: a run that they hold as a whole would measure nothing */
export async function measureQuota(parts: Parts, scale: number, tell: (line: string) => void): Promise<QuotaResult> {
  const { StopInstances, StartInstances } = THROTTLE_RULES;
  const stops = scaled(STOPS, StopInstances.resource.max, scale);
  const starts = scaled(STARTS, StartInstances.resource.max, scale);
  const stopBoundSeconds = (stops - StopInstances.resource.max) / StopInstances.resource.refillPerSecond;
  const startBoundSeconds = (starts - StartInstances.resource.max) / StartInstances.resource.refillPerSecond;
  const boundSeconds = Math.max(stopBoundSeconds, startBoundSeconds);
  tell(`${stops} stops and ${starts} starts: the buckets allow them within ${boundSeconds.toFixed(0)} s`);

  const machines = starts + stops;
  const endpoint = await restartSandbox(parts.sandbox, { machines, stopped: starts, throttling: true });
  await using operator = await startOperator({
    directory: path.join(parts.directory, 'quota'),
    endpoint,
    aws: { quota_share: 1 },
    path: parts.path,
  });
  const { sentAt } = await post({
    url: `${operator.url}/operateHostname`,
    bodies: mixed(groupsOf('start', 1, starts), groupsOf('stop', starts + 1, stops)),
    concurrency: 4,
  });
  const told = await awaitTold(parts.sandbox, machines, (boundSeconds * 3 + 60) * 1_000);
  const calls = await readCalls(parts.sandbox);
  const throttled = calls.filter(({ errorCode }) => errorCode === 'RequestLimitExceeded');
  const firstCallAt = Math.min(...calls.map(({ at }) => at));
  const begin = Math.min(...sentAt);
  const secondsUntil = (first: number, count: number): number =>
    (Math.max(...numbers(first, count).map((machine) => told.get(idOf(machine)) ?? NaN)) - begin) / 1_000;
  const seconds = secondsUntil(1, machines);
  return {
    stops,
    starts,
    seconds,
    boundSeconds,
    timesBound: seconds / boundSeconds,
    stopSeconds: secondsUntil(starts + 1, stops),
    stopBoundSeconds,
    startSeconds: secondsUntil(1, starts),
    startBoundSeconds,
    ec2Calls: calls.length,
    throttled: throttled.length,
    throttledLater: throttled.filter(({ at }) => at > firstCallAt + 1_000).length,
  };
}

function scaled(count: number, bucket: number, scale: number): number {
  return bucket + Math.ceil((count - bucket) / scale);
}

function groupsOf(verb: 'start' | 'stop', first: number, count: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(count / GROUP) }, (_, index) => {
    const begin = index * GROUP;
    return deliveryFor(numbers(first + begin, Math.min(GROUP, count - begin)), { verb, client: 'native' });
  });
}

/** Spread evenly over each other, as they would come from a fleet. */
function mixed(few: readonly Buffer[], many: readonly Buffer[]): readonly Buffer[] {
  const places = [few, many].flatMap((bodies) =>
    bodies.map((body, index) => ({ body, at: (index + 0.5) / bodies.length })),
  );
  return places.sort((one, other) => one.at - other.at).map(({ body }) => body);
}

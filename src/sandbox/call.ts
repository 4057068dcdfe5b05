/** A call to an action of the embedded AWS, and the checks that actions share. */
import type { Buckets, ThrottleRule } from './buckets.ts';
import type { Caller, TemporaryKey } from './caller.ts';
import { requestLimitExceeded, unauthorizedOperation } from './errors.ts';
import type { Effects } from './faults.ts';
import type { SandboxMachine } from './machine.ts';
import type { Query } from './query.ts';
import type { Input } from './request.ts';
import type { Schedules } from './scheduler/schedules.ts';
import type { World } from './world.ts';

export interface AwsCall {
  readonly action: string;
  readonly query: Query;
  /** The input of a JSON protocol; empty in the Query protocol. */
  readonly input: Input;
  readonly caller: Caller;
  readonly world: World;
  /** The keys that AssumeRole has given out, by id. */
  readonly temporaryKeys: Map<string, TemporaryKey>;
  /** Absent without throttling. */
  readonly buckets: Buckets | undefined;
  readonly schedules: Schedules;
  readonly effects: Effects;
}

/** @throws AwsError RequestLimitExceeded when the caller has no request token left */
export function takeRequestToken({ buckets, caller, world }: AwsCall, rule: ThrottleRule): void {
  const key = `request ${caller.account} ${caller.region} ${rule.bucket}`;
  if (buckets?.take(key, rule.request, 1, world.now()) === false) throw requestLimitExceeded();
}

/** @throws AwsError RequestLimitExceeded when the caller has fewer resource tokens left than machines */
export function takeResourceTokens({ buckets, caller, world }: AwsCall, rule: ThrottleRule, machines: number): void {
  if (rule.resource === undefined) return;
  const key = `resource ${caller.account} ${caller.region} ${rule.bucket}`;
  if (buckets?.take(key, rule.resource, machines, world.now()) === false) throw requestLimitExceeded();
}

/** @throws AwsError UnauthorizedOperation when the account or one of the machines does not permit the action */
export function refuseUnauthorized({ action, caller, world }: AwsCall, machines: readonly SandboxMachine[] = []): void {
  const lists = [world.accounts.get(caller.account), ...machines].map(
    (each): readonly string[] => each?.unauthorized ?? [],
  );
  if (lists.some((unauthorized) => unauthorized.includes(action))) throw unauthorizedOperation();
}

export function visibleTo({ caller, world }: AwsCall): readonly SandboxMachine[] {
  return world.visible(caller.account, caller.region);
}

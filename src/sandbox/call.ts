import type { Buckets, ThrottleRule } from './buckets.ts';
import type { Caller } from './caller.ts';
import { requestLimitExceeded } from './errors.ts';
import type { Effects } from './faults.ts';
import type { Query } from './query.ts';
import type { World } from './world.ts';

/** One call that is being answered, with all that its action needs. */
export type Call = Readonly<{
  world: World;
  caller: Caller;
  query: Query;
  /** Absent: no throttling. */
  buckets: Buckets | undefined;
  effects: Effects;
}>;

/** Takes the call's request token, or throws RequestLimitExceeded. */
export function takeRequestToken({ buckets, caller, world }: Call, rule: ThrottleRule): void {
  const key = `request ${caller.account} ${caller.region} ${rule.bucket}`;
  if (buckets?.take(key, rule.request, 1, world.now()) === false) throw requestLimitExceeded();
}

/** Takes one resource token per machine, or throws RequestLimitExceeded. */
export function takeResourceTokens({ buckets, caller, world }: Call, rule: ThrottleRule, machines: number): void {
  if (rule.resource === undefined) return;
  const key = `resource ${caller.account} ${caller.region} ${rule.bucket}`;
  if (buckets?.take(key, rule.resource, machines, world.now()) === false) throw requestLimitExceeded();
}

/** EC2's token buckets, which throttle calls. */

type BucketRule = { readonly max: number; readonly refillPerSecond: number };

export interface Buckets {
  /** Takes all tokens or none. @returns false when there are too few. @param now in milliseconds */
  readonly take: (key: string, rule: BucketRule, tokens: number, now: number) => boolean;
}

/** A bucket is full when it is first used. */
export function createBuckets(): Buckets {
  const levels = new Map<string, { tokens: number; at: number }>();
  return {
    take: (key, { max, refillPerSecond }, tokens, now) => {
      const level = levels.get(key) ?? { tokens: max, at: now };
      const elapsedMs = Math.max(0, now - level.at);
      const available = Math.min(max, level.tokens + (elapsedMs / 1000) * refillPerSecond);
      const enough = available >= tokens;
      levels.set(key, { tokens: enough ? available - tokens : available, at: now });
      return enough;
    },
  };
}

/** Every call takes a request token; some actions also take a resource token for each machine. */
export interface ThrottleRule {
  readonly bucket: string;
  readonly request: BucketRule;
  readonly resource?: BucketRule;
}

const MUTATING: BucketRule = { max: 50, refillPerSecond: 5 };

/** EC2's buckets (https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html), per account and region. */
export const THROTTLE_RULES = {
  StartInstances: {
    bucket: 'StartInstances',
    request: { max: 5, refillPerSecond: 2 },
    resource: { max: 1000, refillPerSecond: 2 },
  },
  StopInstances: { bucket: 'StopInstances', request: MUTATING, resource: { max: 1000, refillPerSecond: 20 } },
  RebootInstances: { bucket: 'RebootInstances', request: MUTATING },
  describeNarrowed: { bucket: 'DescribeInstances', request: { max: 100, refillPerSecond: 20 } },
  describeAll: { bucket: 'DescribeInstances without filter and page', request: { max: 50, refillPerSecond: 10 } },
} as const satisfies Readonly<Record<string, ThrottleRule>>;

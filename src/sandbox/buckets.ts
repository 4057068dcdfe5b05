/** A token bucket's size, and the tokens it gets back per second. */
type BucketRule = Readonly<{ max: number; refillPerSecond: number }>;

/** Token buckets by key. */
export type Buckets = Readonly<{
  /** Takes `tokens` from the bucket, all or none; false when there are too few. `now` in ms. */
  take: (key: string, rule: BucketRule, tokens: number, now: number) => boolean;
}>;

/** Makes a set of buckets; each is full when first used. */
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

/** What a call costs: a request token always, and for some actions a resource token per machine. */
export type ThrottleRule = Readonly<{ bucket: string; request: BucketRule; resource?: BucketRule }>;

const mutating: BucketRule = { max: 50, refillPerSecond: 5 };

/** EC2's buckets (https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html), per account and region. */
export const throttleRules = {
  StartInstances: {
    bucket: 'StartInstances',
    request: { max: 5, refillPerSecond: 2 },
    resource: { max: 1000, refillPerSecond: 2 },
  },
  StopInstances: { bucket: 'StopInstances', request: mutating, resource: { max: 1000, refillPerSecond: 20 } },
  RebootInstances: { bucket: 'RebootInstances', request: mutating },
  describeNarrowed: { bucket: 'DescribeInstances', request: { max: 100, refillPerSecond: 20 } },
  describeAll: { bucket: 'DescribeInstances without filter and page', request: { max: 50, refillPerSecond: 10 } },
} as const satisfies Readonly<Record<string, ThrottleRule>>;

/** What people say about a machine, and how they are warned, by chance. */
import fc from 'fast-check';
import type { Said, Warning } from '../support/guard-table.ts';

const MINUTE = 60_000;

/** So many milliseconds before now, on the edges of what the configurations speak of more often than by chance. */
export const before = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(0, 30_000, MINUTE, 10 * MINUTE, 60 * MINUTE, 300 * MINUTE, 360 * MINUTE),
      fc.integer({ min: -2, max: 2 }),
    )
    .map(([edge, more]) => edge + more),
  fc.integer({ min: 0, max: 24 * 60 * MINUTE }),
  fc.integer({ min: -MINUTE, max: 15 * MINUTE }),
);

/** Before or after now, on the same edges. */
const around = fc.oneof(
  before,
  before.map((age) => -age),
);

export const said = fc.record(
  {
    pauses: fc.array(
      fc.record({ only: fc.constantFrom({ team: 'ml' }, { stoppable: 'yes' }), end: around }, { requiredKeys: [] }),
      { maxLength: 2 },
    ),
    holds: fc.array(around, { maxLength: 3 }),
    knowsOfHolds: fc.boolean(),
    lease: fc.record({ made: around, end: around, isStopping: fc.constant(true) }, { requiredKeys: ['made', 'end'] }),
  },
  { requiredKeys: ['pauses', 'holds', 'knowsOfHolds'] },
);

export const warning = fc.record(
  {
    isAlways: fc.boolean(),
    beforeMs: fc.constantFrom(30_000, 15 * MINUTE, 6 * 60 * MINUTE),
    had: fc.record({ given: around, forMs: fc.constantFrom(15 * MINUTE, 60 * MINUTE) }),
    channel: fc.record({
      told: fc.oneof(
        fc.constantFrom('not yet' as const, 'unwritten' as const),
        fc.oneof(fc.constantFrom(0, MINUTE, MINUTE + 1), fc.integer({ min: 0, max: 120 * MINUTE })),
      ),
      ifUndelivered: fc.constantFrom('wait' as const, 'wait' as const, 'stop' as const),
    }),
  },
  { requiredKeys: ['isAlways', 'beforeMs'] },
);

export function saidAt(now: number, { pauses, holds, knowsOfHolds, lease }: Generated<typeof said>): Said {
  return {
    pauses: pauses.map(({ only, end }) => ({
      ...(only === undefined ? {} : { only }),
      ...(end === undefined ? {} : { until: now - end }),
    })),
    holds: holds.map((age) => now - age),
    knowsOfHolds,
    ...(lease === undefined ? {} : { lease: leaseAt(now, lease) }),
  };
}

/** Only a lease that has come to its end has a stop under way. */
function leaseAt(
  now: number,
  { made, end, isStopping }: NonNullable<Generated<typeof said>['lease']>,
): NonNullable<Said['lease']> {
  const times = { since: now - made, until: now - end };
  return isStopping === true && end >= 0 ? { ...times, isStopping } : times;
}

export function warningAt(now: number, { isAlways, beforeMs, had, channel }: Generated<typeof warning>): Warning {
  const at = now - (had?.given ?? 0);
  return {
    isAlways,
    beforeMs,
    ...(had === undefined ? {} : { had: { at, stopsAt: at + had.forMs } }),
    // So long after the warning began.
    ...(channel === undefined
      ? {}
      : { channel: { ...channel, told: typeof channel.told === 'number' ? at + channel.told : channel.told } }),
  };
}

type Generated<A> = A extends fc.Arbitrary<infer T> ? T : never;

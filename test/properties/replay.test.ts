/** A replay against a simulation that lives through each minute, and knows nothing of gaps, heaps or waits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { pastUse, type PastUse } from '../../src/domain/past-use.ts';
import { replay, type Replayed } from '../../src/domain/replay.ts';
import { GUARD_SETTINGS } from '../support/operation.ts';
import type { GuardSettings } from '../../src/domain/guard-settings.ts';

const MIN = 60_000;
/** The day before the clocks of Europe are set back; uses reach into the day after. */
const BEGIN = Date.parse('2026-10-24T00:00:00Z');
const SPAN = 3 * 1_440;

const uses = fc.array(
  fc.tuple(fc.integer({ min: 0, max: SPAN }), fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 300 }))),
  { minLength: 1, maxLength: 25 },
);
type Uses = readonly (readonly [from: number, length: number])[];
const stretches = fc.array(fc.tuple(fc.integer({ min: 0, max: SPAN }), fc.integer({ min: 1, max: 300 })), {
  maxLength: 5,
});
const fleet = fc.array(fc.record({ uses, unknown: stretches }), { minLength: 1, maxLength: 4 });

function pastOf(machine: string, drawn: Uses, unknown: Uses): PastUse {
  const flat = (all: Uses): readonly number[] =>
    all.flatMap(([from, length]) => [BEGIN + from * MIN, BEGIN + (from + length) * MIN]);
  const past = pastUse(machine, flat(drawn));
  return unknown.length === 0 ? past : { ...past, unknown: pastUse(machine, flat(unknown)).uses };
}

interface Life {
  readonly busy: ReadonlySet<number>;
  readonly wantedAt: ReadonlySet<number>;
  readonly unknown: ReadonlySet<number>;
  readonly from: number;
  readonly until: number;
  launchedAt: number;
  quietSince: number;
  stoppedAt?: number | undefined;
  warnedUntil?: number | undefined;
}

interface Rules {
  readonly quiet: number;
  readonly leastUp: number;
  readonly warn: number;
  /** Allowed hours of the day, in a zone. */
  readonly isOpen: (minute: number) => boolean;
  readonly limit?: { readonly count: number; readonly per: number };
}

const REGRETS = [15, 30, 60];

const FREE = { leastUp: 0, warn: 0, isOpen: () => true } as const;

function liveThrough(fleetOfUses: readonly { uses: Uses; unknown: Uses }[], rules: Rules) {
  const sums = { idle: 0, saved: 0, stops: 0, wanted: 0, regrets: [0, 0, 0] };
  const stops: number[] = [];
  const lives = fleetOfUses.map(({ uses: drawn, unknown }): Life => {
    const minutes = (all: Uses): Set<number> =>
      new Set(all.flatMap(([from, length]) => Array.from({ length }, (_, index) => from + index)));
    const from = Math.min(...drawn.map(([at]) => at));
    const until = Math.max(...drawn.map(([at, length]) => at + length));
    const wantedAt = new Set(drawn.map(([at]) => at));
    return {
      busy: minutes(drawn),
      wantedAt,
      unknown: minutes(unknown),
      from,
      until,
      launchedAt: from,
      quietSince: from,
    };
  });
  for (let minute = 0; minute <= 2 * SPAN; minute += 1)
    for (const life of lives) {
      if (minute < life.from || minute > life.until) continue;
      const isUse = life.busy.has(minute) || life.wantedAt.has(minute);
      const isUnknown = !life.busy.has(minute) && life.unknown.has(minute);
      if ((isUse || isUnknown) && life.stoppedAt !== undefined) {
        const away = minute - life.stoppedAt;
        if (isUse) {
          sums.wanted += 1;
          sums.regrets = sums.regrets.map((count, index) => count + (away <= (REGRETS[index] ?? 0) ? 1 : 0));
        }
        life.stoppedAt = undefined;
        life.launchedAt = minute;
      }
      if (isUse || isUnknown) {
        life.quietSince = life.busy.has(minute) || isUnknown ? minute + 1 : minute;
        life.warnedUntil = undefined;
        if (life.busy.has(minute) || isUnknown) continue;
      }
      if (minute === life.until) continue;
      sums.idle += 1;
      if (life.stoppedAt === undefined && isTime(life, minute, rules, stops)) {
        life.stoppedAt = minute;
        sums.stops += 1;
        stops.push(minute);
      }
      if (life.stoppedAt !== undefined) sums.saved += 1;
    }
  return sums;
}

function isTime(life: Life, minute: number, rules: Rules, stops: readonly number[]): boolean {
  if (life.warnedUntil !== undefined) return minute === life.warnedUntil;
  const stopsAt = minute + rules.warn;
  if (minute - life.quietSince < rules.quiet || stopsAt - life.launchedAt < rules.leastUp || !rules.isOpen(stopsAt))
    return false;
  const { limit } = rules;
  if (limit !== undefined && stops.filter((at) => at > minute - limit.per).length >= limit.count) return false;
  if (rules.warn > 0) life.warnedUntil = stopsAt;
  return rules.warn === 0;
}

function sumsOf({ total }: Replayed) {
  const { idleMs, savedMs, stops, wanted, regrets } = total;
  return { idle: idleMs / MIN, saved: savedMs / MIN, stops, wanted, regrets: Object.values(regrets) };
}

const quiets = fc.constantFrom(0, 1, 5, 36, 126);

/** A stop at the very end of a gap is none, even where a policy waits for no time at all. */
test('stops and hours are what a life minute by minute finds', () => {
  fc.assert(
    fc.property(fleet, quiets, (drawn, quiet) => {
      const past = drawn.map((one, index) => pastOf(`m-${index}`, one.uses, one.unknown));
      const found = replay(past, { name: 'p', quietMs: quiet * MIN });
      assert.deepEqual(sumsOf(found), liveThrough(drawn, { quiet, ...FREE }));
    }),
    { numRuns: 150 },
  );
});

function settingsWith(change: Partial<GuardSettings>): GuardSettings {
  const off = new Set([...GUARD_SETTINGS.off, 'flapping']);
  return { ...GUARD_SETTINGS, off, minUptimeMs: 0, fleetLimits: [], ...change };
}

function isOpenIn(zone: string, from: number, to: number): (minute: number) => boolean {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (minute) => {
    const [hours = 0, minutes = 0] = format
      .format(BEGIN + minute * MIN)
      .split(':')
      .map(Number);
    return hours * 60 + minutes >= from && hours * 60 + minutes < to;
  };
}

test('guards of the server: least uptime, windows in a night of 25 hours, and warnings', () => {
  fc.assert(
    fc.property(
      fleet,
      quiets,
      fc.constantFrom(0, 60, 240),
      fc.constantFrom(0, 15),
      // An hour that comes twice is open once only, and the oracle would open it twice: windows keep away from it.
      fc.constantFrom(undefined, ['Europe/Berlin', 240, 600] as const, ['America/New_York', 1_200, 1_440] as const),
      (drawn, quiet, leastUp, warn, window) => {
        const past = drawn.map((one, index) => pastOf(`m-${index}`, one.uses, one.unknown));
        const [zone = 'UTC', from = 0, to = 1_440] = window ?? [];
        const open = { kind: 'allow', verbs: ['stop'], days: [1, 2, 3, 4, 5, 6, 7], zone, from, to } as const;
        const settings = settingsWith({
          minUptimeMs: leastUp * MIN,
          warn: { beforeMs: warn * MIN, always: warn > 0, ifUndelivered: 'stop' },
          windows: window === undefined ? [] : [open],
        });
        const found = replay(past, { name: 'p', quietMs: quiet * MIN, guards: { settings } });
        const isOpen = window === undefined ? FREE.isOpen : isOpenIn(zone, from, to);
        assert.deepEqual(sumsOf(found), liveThrough(drawn, { quiet, leastUp, warn, isOpen }));
      },
    ),
    { numRuns: 60 },
  );
});

test('guards of the server: a limit that machines share', () => {
  fc.assert(
    fc.property(fleet, quiets, fc.integer({ min: 1, max: 3 }), fc.constantFrom(10, 120), (drawn, quiet, count, per) => {
      const past = drawn.map((one, index) => pastOf(`m-${index}`, one.uses, one.unknown));
      const settings = settingsWith({ fleetLimits: [{ count, perMs: per * MIN }] });
      const found = replay(past, { name: 'p', quietMs: quiet * MIN, guards: { settings } });
      assert.deepEqual(sumsOf(found), liveThrough(drawn, { quiet, ...FREE, limit: { count, per } }));
    }),
    { numRuns: 100 },
  );
});

/** When a stop that people are warned of follows, whatever the windows, uptimes, warnings and looks in between. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { windowSchema } from '../../src/config/guards.ts';
import { judge } from '../../src/domain/guard.ts';
import { transition, type Operation } from '../../src/domain/operation.ts';
import { nextFree, type Window } from '../../src/domain/window.ts';
import type { Warned } from '../../src/domain/warned.ts';
import { contextWith } from '../support/guard-context.ts';
import { GUARD_SETTINGS, queuedWith } from '../support/operation.ts';
import { moment, RUNS, windowConfig } from './rows.ts';

const MINUTE = 60_000;
const DAY_MINUTES = 24 * 60;
/** Each case looks at every minute of nine days. */
const CASES = Math.min(RUNS, 5_000);
/** No stop has to be looked at more often. */
const MOST_LOOKS = 50;

interface Given {
  readonly windows: readonly Window[];
  /** On the minute, like all times here: the plain search looks at every minute. */
  readonly beganAt: number;
  readonly launchedAt: number;
  readonly uptimeMs: number;
  readonly warning: number;
}

const given: fc.Arbitrary<Given> = fc
  .record({
    windows: fc.array(windowConfig, { maxLength: 3 }),
    at: moment,
    runsFor: fc.integer({ min: 0, max: 120 }),
    uptime: fc.constantFrom(0, 10, 60, 600),
    warning: fc.constantFrom(1, 5, 15, 47, 120, DAY_MINUTES),
  })
  .map(({ windows, at, runsFor, uptime, warning }) => {
    const beganAt = Math.floor(at / MINUTE) * MINUTE;
    return {
      windows: windows.map((config) => windowSchema.parse(config)).filter(({ only }) => only === undefined),
      beganAt,
      launchedAt: beganAt - runsFor * MINUTE,
      uptimeMs: uptime * MINUTE,
      warning,
    };
  });

function contextAt({ windows, launchedAt, uptimeMs, warning }: Given, now: number, warned?: Warned) {
  return contextWith({
    instance: { launchedAt },
    intent: { cause: { by: 'alert', fingerprint: 'f', alertname: 'Idle', beganAt: launchedAt } },
    settings: {
      windows,
      minUptimeMs: uptimeMs,
      warn: { ...GUARD_SETTINGS.warn, always: true, beforeMs: warning * MINUTE },
    },
    now,
    ...(warned === undefined ? {} : { warned }),
  });
}

interface Call {
  readonly at: number;
  readonly warned: Warned | undefined;
}

/** Looks at the stop as the operator does, and in between as often as `extra` says. */
function carryOut(about: Given, extra: readonly number[] = []): Call | undefined {
  let operation: Operation = queuedWith();
  let now = about.beganAt;
  const sooner = extra.values();
  for (let looks = 0; looks < MOST_LOOKS + extra.length; looks += 1) {
    const { warned } = operation;
    const { verdict } = judge(contextAt(about, now, warned));
    if (verdict.verdict === 'allow') return { at: now, warned };
    if (verdict.verdict === 'refuse') return undefined;
    const { until, reason, message } = verdict;
    const event = { type: 'wait', until, reason, message, ...(verdict.warned && { warned: verdict.warned }) } as const;
    operation = transition(operation, event);
    const share = sooner.next().value;
    now = share === undefined ? until : now + Math.floor((until - now) * share);
  }
  return assert.fail('the stop is looked at again and again');
}

function isFree({ windows }: Given, at: number): boolean {
  const about = windows.filter(({ verbs }) => verbs.includes('stop'));
  return nextFree(about, at) === at;
}

/** The first minute that is allowed, by looking at each of nine days. */
function searchPlainly(about: Given): number | undefined {
  const { beganAt, launchedAt, uptimeMs, warning } = about;
  for (let minute = warning; minute < 9 * DAY_MINUTES; minute += 1) {
    const at = beganAt + minute * MINUTE;
    if (at >= launchedAt + uptimeMs && isFree(about, at)) return at;
  }
  return undefined;
}

describe(`whatever the windows, uptimes and warnings (${CASES} cases)`, () => {
  test('a stop comes inside its windows, as long as it says after its warning, and no minute later than it could', () => {
    fc.assert(
      fc.property(given, (about) => {
        const call = carryOut(about);
        assert.equal(call?.at, searchPlainly(about));
        assert.ok(
          call === undefined || (call.warned !== undefined && call.at - call.warned.at >= about.warning * MINUTE),
        );
      }),
      { numRuns: CASES },
    );
  });

  test('looks in between, at any moment, neither bring it sooner nor take people their time', () => {
    const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });
    fc.assert(
      fc.property(given, shares, (about, extra) => {
        const call = carryOut(about, extra);
        if (call === undefined) return;
        const soonest = searchPlainly(about);
        assert.ok(soonest !== undefined && call.at >= soonest);
        assert.ok(isFree(about, call.at));
        assert.ok(call.warned !== undefined && call.at - call.warned.at >= about.warning * MINUTE);
        assert.ok(call.at >= call.warned.stopsAt);
      }),
      { numRuns: CASES },
    );
  });

  test('a change of windows and settings in between brings no stop sooner than people were told', () => {
    fc.assert(
      fc.property(given, given, fc.double({ min: 0, max: 1, noNaN: true }), (before, after, share) => {
        const first = judge(contextAt(before, before.beganAt)).verdict;
        if (first.verdict !== 'wait' || first.warned === undefined || first.warned === 'over') return;
        const told = first.warned;
        const now = before.beganAt + Math.floor((told.stopsAt - before.beganAt) * share);
        const changed = judge(contextAt({ ...after, launchedAt: before.launchedAt }, now, told)).verdict;
        if (now < told.stopsAt) assert.notEqual(changed.verdict, 'allow');
        if (changed.verdict === 'wait' && changed.reason === 'warned')
          assert.deepEqual(changed.warned, told, 'nor is it told again');
      }),
      { numRuns: CASES },
    );
  });
});

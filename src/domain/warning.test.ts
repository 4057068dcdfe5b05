import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contextWith, type ContextChange } from '../../test/support/guard-context.ts';
import { BY_PERSON, GUARD_SETTINGS, HOUR, LEASE, NOON, queuedWith, intentWith } from '../../test/support/operation.ts';
import type { LeaseCause } from './cause.ts';
import { judge } from './guard.ts';
import { moveOn } from './move.ts';
import type { Event, Operation } from './operation.ts';
import type { Warned } from './warned.ts';
import { OUTDATED_MS, standingWarning, stopTime, warningNews } from './warning.ts';

const MINUTE = 60_000;
const WARN = { beforeMs: 15 * MINUTE, always: true, ifUndelivered: 'wait' as const };
const WARNED: Warned = { at: NOON - 10 * MINUTE, stopsAt: NOON + 5 * MINUTE };
const BY_LEASE: LeaseCause = { by: 'lease', lease: LEASE.id, name: 'pia', beganAt: NOON };

function context({ settings, ...change }: ContextChange = {}) {
  return contextWith({ ...change, settings: { warn: WARN, ...settings } });
}

describe('a stop is judged for', () => {
  const table: readonly (readonly [string, ContextChange, number])[] = [
    ['now, without warnings', { settings: { warn: GUARD_SETTINGS.warn } }, 0],
    ['now, for a person', { intent: { cause: BY_PERSON } }, 0],
    ['now, if it is a start', { intent: { verb: 'start' } }, 0],
    ['the end of a warning that would begin now', {}, 15],
    ['the same for a lease', { intent: { cause: BY_LEASE } }, 15],
    ['the end of the warning that stands', { warned: WARNED }, 5],
    ['that end, whatever the settings are by now', { warned: WARNED, settings: { warn: GUARD_SETTINGS.warn } }, 5],
    ['now, after the end of the warning', { warned: { at: 0, stopsAt: NOON - OUTDATED_MS } }, 0],
    ['a new warning, long after the end', { warned: { at: 0, stopsAt: NOON - OUTDATED_MS - 1 } }, 15],
    ['now, for a person who joins a warned stop', { warned: WARNED, intent: { cause: BY_PERSON } }, 0],
    [
      'the time that people were told, by a clock that was set back',
      { warned: { at: NOON + HOUR, stopsAt: NOON + 2 * HOUR } },
      120,
    ],
    [
      'a new warning, if the clock was set back by days',
      { warned: { at: NOON + 25 * HOUR, stopsAt: NOON + 26 * HOUR } },
      15,
    ],
  ];
  for (const [name, change, minutes] of table)
    test(name, () => assert.equal((stopTime(context(change)) - NOON) / MINUTE, minutes));

  test('a full second, and not a moment sooner than people have time', () => {
    assert.equal(stopTime(context({ now: NOON + 1 })), NOON + 15 * MINUTE + 1_000);
  });
});

describe('a warned stop', () => {
  test('is put off past a window that closes at the very moment of the stop', () => {
    const windows = [
      { kind: 'allow', verbs: ['stop'], from: 11 * 60, to: 12 * 60 + 5, days: [1, 2, 3, 4, 5, 6, 7], zone: 'UTC' },
    ] as const;
    const { verdict, guard } = judge(context({ settings: { windows }, warned: WARNED }));
    assert.ok(verdict.verdict === 'wait' && guard === 'windows');
    assert.deepEqual(
      [verdict.until, verdict.warned],
      [NOON + 23 * HOUR - 15 * MINUTE, 'over'],
      'a fresh warning comes first',
    );
  });

  test('waits without a new warning for what comes within half an hour', () => {
    const windows = [
      { kind: 'forbid', verbs: ['stop'], from: 12 * 60, to: 12 * 60 + 30, days: [1, 2, 3, 4, 5, 6, 7], zone: 'UTC' },
    ] as const;
    const { verdict } = judge(context({ settings: { windows }, warned: WARNED, now: NOON + 5 * MINUTE }));
    assert.ok(verdict.verdict === 'wait');
    assert.deepEqual([verdict.reason, verdict.until, verdict.warned], ['windows', NOON + 30 * MINUTE, undefined]);
  });

  test('of a lease that is extended by a moment does not come before its new end', () => {
    const lease = { ...LEASE, until: WARNED.stopsAt + MINUTE };
    const voice = { holds: [], pauses: [], lease };
    const extended = { intent: { cause: BY_LEASE }, voice };
    const { verdict, guard } = judge(context({ ...extended, warned: WARNED }));
    assert.ok(verdict.verdict === 'wait');
    assert.deepEqual([guard, verdict.until], ['leased', NOON], 'people are warned afresh, at once');
    assert.equal(judge(context(extended)).guard, 'warned');
    assert.ok(stopTime(context(extended)) >= lease.until);
  });

  test('of a lease ends its warning with the lease', () => {
    const lease = { ...LEASE, until: NOON + 40 * MINUTE };
    const voice = { holds: [], pauses: [], lease };
    const { verdict } = judge(context({ intent: { cause: BY_LEASE }, voice }));
    assert.ok(verdict.verdict === 'wait');
    assert.equal(verdict.until, lease.until - WARN.beforeMs);
    const then = context({ intent: { cause: BY_LEASE }, voice, now: verdict.until });
    assert.deepEqual([judge(then).guard, stopTime(then)], ['warned', lease.until]);
  });
});

describe('what became of a warning', () => {
  const instance = { id: 'i-1', place: {} };
  const WARNS: Event = {
    type: 'wait',
    reason: 'warned',
    until: WARNED.stopsAt,
    message: 'm',
    warned: WARNED,
    instance,
  };
  const wait = (reason: 'held' | 'leased' | 'paused' | 'retry' | 'windows', more: object = {}): Event => ({
    type: 'wait',
    reason,
    until: NOON,
    message: 'm',
    ...more,
  });
  const ACT: Event = { type: 'act', instance, acted: { launchedAt: 0 } };
  const END = { message: 'm', at: NOON } as const;
  const begun = moveOn(queuedWith(), WARNS, NOON);

  test('it begins once', () => {
    assert.deepEqual(warningNews(begun), { began: true });
    assert.deepEqual(warningNews(moveOn(begun.after, WARNS, NOON)), {});
    const reminded = { ...WARNS, warned: { ...WARNED, reminded: true as const } };
    const again = moveOn(begun.after, reminded, NOON);
    assert.deepEqual(warningNews(again), { reminded: true });
    assert.deepEqual(warningNews(moveOn(again.after, reminded, NOON)), {});
  });

  const answers: readonly (readonly [string, readonly Event[], string])[] = [
    [
      'stopped',
      [
        wait('retry'),
        ACT,
        { type: 'accept', instance, acted: { launchedAt: 0 }, at: NOON },
        { type: 'succeed', reason: 'state_reached', ...END },
      ],
      'stopped',
    ],
    ['held', [wait('held'), wait('retry')], 'held'],
    ['leased', [wait('leased')], 'leased'],
    ['paused', [wait('paused')], 'paused'],
    ['cancelled', [{ type: 'cancel', reason: 'by_person', ...END }], 'cancelled'],
    ['started by a person', [{ type: 'cancel', reason: 'superseded', ...END }], 'cancelled'],
    ['resolved', [{ type: 'cancel', reason: 'resolved', ...END }], 'resolved'],
    ['refused', [{ type: 'refuse', reason: 'opt_out', ...END }], 'lapsed'],
    ['put off by hours', [wait('windows', { warned: 'over' })], 'lapsed'],
    ['given afresh', [{ ...WARNS, warned: { at: NOON + HOUR, stopsAt: NOON + 2 * HOUR } }], 'lapsed'],
  ];
  for (const [name, events, expected] of answers)
    test(`it ends once: ${name}`, () => {
      let operation: Operation = begun.after;
      const found = events.flatMap((event) => {
        const move = moveOn(operation, event, NOON);
        operation = move.after;
        return warningNews(move).answer ?? [];
      });
      assert.deepEqual(found, [expected]);
    });

  test('a person who joins the stop has agreed to it', () => {
    const before = { ...begun.after, intent: intentWith({ cause: BY_PERSON }) };
    assert.deepEqual(warningNews(moveOn(before, ACT, NOON)), { answer: 'agreed' });
  });
});

test('a warning of an alert that is no stop, or of a person, does not stand', () => {
  for (const intent of [{ verb: 'start' }, { cause: BY_PERSON }] as const)
    assert.equal(standingWarning(contextWith({ intent, warned: WARNED })), undefined);
  assert.equal(standingWarning(contextWith({ warned: WARNED })), WARNED);
});

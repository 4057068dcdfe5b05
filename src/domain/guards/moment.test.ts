import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contextWith, type ContextChange } from '../../../test/support/guard-context.ts';
import { BY_ALERT, BY_PERSON, GUARD_SETTINGS, HOUR, NOON } from '../../../test/support/operation.ts';
import type { GuardSettings } from '../guard-settings.ts';
import { ALLOW, type Guard, type Verdict } from '../verdict.ts';
import * as moment from './moment.ts';

const MINUTE = 60_000;

type Waiting = Extract<Verdict, { verdict: 'wait' }>;
type Refusing = Extract<Verdict, { verdict: 'refuse' }>;

function waitOf(guard: Guard, change: ContextChange): Waiting {
  const verdict = guard(contextWith(change));
  assert.ok(verdict.verdict === 'wait', `expected a wait, got ${verdict.verdict}`);
  return verdict;
}

function refusalOf(guard: Guard, change: ContextChange): Refusing {
  const verdict = guard(contextWith(change));
  assert.ok(verdict.verdict === 'refuse', `expected a refusal, got ${verdict.verdict}`);
  return verdict;
}

describe('an alert from before the last launch', () => {
  const launchedAt = NOON - HOUR / 2;

  test('does not stop the machine, and says both times', () => {
    const { reason, message } = refusalOf(moment.staleAlert, { instance: { launchedAt } });
    assert.equal(reason, 'stale_alert');
    assert.match(
      message,
      /^the alert began at 2026-11-22T11:00:00\.000Z, before .* was launched at 2026-11-22T11:30:00\.000Z$/,
    );
  });

  test('is good enough for a start', () => {
    assert.deepEqual(moment.staleAlert(contextWith({ intent: { verb: 'start' }, instance: { launchedAt } })), ALLOW);
  });

  test('so is a request of a person, give or take a minute between the clocks', () => {
    const { beganAt } = BY_PERSON;
    const at = (launched: number): ContextChange => ({
      intent: { cause: BY_PERSON },
      instance: { launchedAt: launched },
    });
    assert.deepEqual(moment.staleAlert(contextWith(at(beganAt + MINUTE))), ALLOW);
    const { reason, message } = refusalOf(moment.staleAlert, at(beganAt + MINUTE + 1));
    assert.equal(reason, 'stale_alert');
    assert.match(message, /^the request was made at 2026-/);
  });

  test('began when its first copy came, where a fast clock has dated it later; without a date a copy may be of a new alert', () => {
    const cause = { ...BY_ALERT, beganAt: NOON, repeatsSince: launchedAt - 1 };
    const { message } = refusalOf(moment.staleAlert, {
      intent: { cause: { ...cause, episode: 'e' } },
      instance: { launchedAt },
    });
    assert.match(message, /^the alert began at 2026-11-22T11:29:59\.999Z, before/);
    assert.deepEqual(moment.staleAlert(contextWith({ intent: { cause }, instance: { launchedAt } })), ALLOW);
  });

  test('counts from the very moment of the launch', () => {
    assert.deepEqual(moment.staleAlert(contextWith({ instance: { launchedAt: NOON - HOUR } })), ALLOW);
    refusalOf(moment.staleAlert, { instance: { launchedAt: NOON - HOUR + 1 } });
  });
});

describe('flapping', () => {
  const key = 'stop i-00000000000000001';
  const times = [5, 4, 2, 1].map((hours) => NOON - hours * HOUR);

  test('four automatic stops within six hours are enough, and are listed', () => {
    const { reason, message } = refusalOf(moment.flapping, { acts: { [key]: times } });
    assert.equal(reason, 'flapping');
    assert.match(
      message,
      /4 automatic stops within 6h \(2026-11-22T07:00:00\.000Z, .*T08.*T10.*T11:.*; the limit is 4$/,
    );
    assert.deepEqual(moment.flapping(contextWith({ acts: { [key]: times.slice(1) } })), ALLOW);
  });

  test('what is six hours old does not count any more', () => {
    const old = [NOON - 6 * HOUR, ...times.slice(1)];
    assert.deepEqual(moment.flapping(contextWith({ acts: { [key]: old } })), ALLOW);
    refusalOf(moment.flapping, { acts: { [key]: [NOON - 6 * HOUR + 1, ...times.slice(1)] } });
  });

  test('each verb and each machine has a history of its own', () => {
    const others = { 'start i-00000000000000001': times, 'stop i-00000000000000002': times, fleet: times };
    assert.deepEqual(moment.flapping(contextWith({ acts: others })), ALLOW);
    refusalOf(moment.flapping, { intent: { verb: 'start' }, acts: others });
  });

  test('the number and the time can be others', () => {
    const settings = { flapping: { count: 1, perMs: HOUR } };
    refusalOf(moment.flapping, { settings, acts: { [key]: [NOON - HOUR + 1] } });
    assert.deepEqual(moment.flapping(contextWith({ settings, acts: { [key]: [NOON - HOUR] } })), ALLOW);
  });
});

const MIN_UPTIME = GUARD_SETTINGS.minUptimeMs;

describe('a fresh start', () => {
  const launchedAt = NOON - 3 * MINUTE;

  test('is left alone for an hour after its launch', () => {
    const { until, reason, message } = waitOf(moment.minUptime, { instance: { launchedAt } });
    assert.deepEqual([until, reason], [NOON + 57 * MINUTE, 'min_uptime']);
    assert.match(message, /was launched 3m ago; min_uptime keeps it running for 1h$/);
    assert.equal(waitOf(moment.minUptime, { instance: { launchedAt: NOON - HOUR + 1 } }).until, NOON + 1);
    assert.deepEqual(moment.minUptime(contextWith({ instance: { launchedAt: NOON - HOUR } })), ALLOW);
  });

  test('by a clock that is ahead of ours counts from now', () => {
    assert.equal(waitOf(moment.minUptime, { instance: { launchedAt: NOON + HOUR } }).until, NOON + HOUR);
  });

  test('is a machine, too, that a person has asked for while it ran', () => {
    const needed = { at: NOON - MINUTE, who: 'anna' };
    const { until, message } = waitOf(moment.minUptime, { needed });
    assert.equal(until, NOON - MINUTE + MIN_UPTIME);
    assert.match(message, /^anna asked to start .* 1m ago; min_uptime keeps it running for /);
    assert.deepEqual(moment.minUptime(contextWith({ needed: { ...needed, at: NOON - MIN_UPTIME } })), ALLOW);
    const launched = { instance: { launchedAt: NOON - MINUTE }, needed: { ...needed, at: NOON - 2 * MINUTE } };
    assert.match(waitOf(moment.minUptime, launched).message, /was launched 1m ago/, 'the later of the two counts');
  });

  test('is nothing that a start, or a machine that does not run, has to wait for', () => {
    assert.deepEqual(moment.minUptime(contextWith({ intent: { verb: 'start' }, instance: { launchedAt } })), ALLOW);
    assert.deepEqual(moment.minUptime(contextWith({ instance: { launchedAt, state: 'stopped' } })), ALLOW);
  });

  test('a tag says otherwise for one machine, in both directions', () => {
    const tagged = (value: string): ContextChange => ({
      instance: { launchedAt, tags: { 'ec2-operator:min-uptime': value } },
    });
    assert.equal(waitOf(moment.minUptime, tagged('2h')).until, launchedAt + 2 * HOUR);
    assert.deepEqual(moment.minUptime(contextWith(tagged('2m'))), ALLOW);
    for (const value of ['', '120', 'two hours', '2 h', '-1h']) {
      const { reason, message } = refusalOf(moment.minUptime, tagged(value));
      assert.equal(reason, 'opt_out', value);
      assert.match(message, /has the tag ec2-operator:min-uptime="[^"]*", which is not a duration such as/);
    }
  });
});

describe('change windows', () => {
  const night = { kind: 'allow', verbs: ['stop'], from: 22 * 60, to: 6 * 60, days: [1, 2, 3, 4, 5, 6, 7] } as const;
  const windows = [{ ...night, zone: 'UTC' }] as const;

  test('hold back until the next one opens, and say when', () => {
    const { until, reason, message } = waitOf(moment.windows, { settings: { windows } });
    assert.deepEqual([until, reason], [NOON + 10 * HOUR, 'windows']);
    assert.match(message, /next allow a stop of i-\S+ \(\S+\) at 2026-11-22T22:00:00\.000Z$/);
    assert.deepEqual(moment.windows(contextWith({ settings: { windows }, now: NOON + 10 * HOUR })), ALLOW);
  });

  test('are about their verbs and their machines only', () => {
    assert.deepEqual(moment.windows(contextWith({ settings: { windows }, intent: { verb: 'start' } })), ALLOW);
    const settings: Partial<GuardSettings> = { windows: [{ ...windows[0], only: { team: 'ml' } }] };
    assert.deepEqual(moment.windows(contextWith({ settings })), ALLOW);
    waitOf(moment.windows, { settings, instance: { tags: { team: 'ml' } } });
  });

  test('that never open refuse, because a wait would have no end', () => {
    const never: GuardSettings['windows'] = [
      { ...windows[0], kind: 'forbid', from: 0, to: 720, only: { team: 'ml' } },
      { ...windows[0], kind: 'forbid', from: 720, to: 1440, only: { stage: 'prod' } },
    ];
    waitOf(moment.windows, { settings: { windows: never }, instance: { tags: { stage: 'prod' } } });
    const { reason, message } = refusalOf(moment.windows, {
      settings: { windows: never },
      instance: { tags: { team: 'ml', stage: 'prod' } },
    });
    assert.equal(reason, 'no_window');
    assert.match(message, /never allow a stop of i-/);
  });
});

describe('an alert that fires after its own end', () => {
  const intent = {
    cause: { by: 'alert', fingerprint: 'f1', alertname: 'UnusedGPU', beganAt: NOON - HOUR, unconfirmedSince: NOON },
  } as const;

  test('waits for another copy, and says since when', () => {
    const { until, reason, message } = waitOf(moment.unconfirmed, { intent, firing: { firing: 'unasked' } });
    assert.deepEqual([until, reason], [NOON + MINUTE, 'unconfirmed']);
    assert.match(
      message,
      /^a firing copy of the alert arrived at 2026-11-22T12:00:00\.000Z, after the alert was resolved; /,
    );
  });

  test('is what Alertmanager says, where it can be asked: for a start, too', () => {
    const start = { ...intent, verb: 'start' } as const;
    assert.deepEqual(moment.unconfirmed(contextWith({ intent: start, firing: { firing: 'yes' } })), ALLOW);
    const no = refusalOf(moment.unconfirmed, { intent: start, firing: { firing: 'no', message: 'over' } });
    assert.deepEqual([no.reason, no.message], ['not_firing', 'over']);
    const unknown = waitOf(moment.unconfirmed, { intent: start, firing: { firing: 'unknown', message: '503' } });
    assert.deepEqual([unknown.until, unknown.reason], [NOON + 30_000, 'unconfirmed']);
  });

  test('is like any other once it is confirmed', () => {
    assert.deepEqual(moment.unconfirmed(contextWith({ firing: { firing: 'unasked' } })), ALLOW);
  });
});

describe('what Alertmanager says', () => {
  test('firing goes on, not firing ends it, no answer waits half a minute', () => {
    assert.deepEqual(moment.stillFiring(contextWith({})), ALLOW, 'it was not asked');
    assert.deepEqual(moment.stillFiring(contextWith({ firing: { firing: 'yes' } })), ALLOW);
    const over = refusalOf(moment.stillFiring, { firing: { firing: 'no', message: 'silenced' } });
    assert.deepEqual([over.reason, over.message], ['not_firing', 'silenced']);
    const unknown = waitOf(moment.stillFiring, { firing: { firing: 'unknown', message: 'ECONNREFUSED' } });
    assert.deepEqual([unknown.until, unknown.reason, unknown.message], [NOON + 30_000, 'still_firing', 'ECONNREFUSED']);
  });

  test('is nothing to a start, or to a person', () => {
    const firing = { firing: 'no', message: 'silenced' } as const;
    assert.deepEqual(moment.stillFiring(contextWith({ firing, intent: { verb: 'start' } })), ALLOW);
    assert.deepEqual(moment.stillFiring(contextWith({ firing, intent: { cause: BY_PERSON } })), ALLOW);
  });
});

describe('a window without a witness', () => {
  const asked = (askedHours: number, lastHours?: number) => ({
    copies: {
      askedAt: NOON - askedHours * HOUR,
      ...(lastHours === undefined ? {} : { lastAt: NOON - lastHours * HOUR }),
    },
  });

  test('a copy of the alert in the last five hours is one; so is a wait of an hour at most', () => {
    assert.deepEqual(moment.recentAlert(contextWith({})), ALLOW, 'Alertmanager can be asked');
    assert.deepEqual(moment.recentAlert(contextWith(asked(12, 5))), ALLOW);
    assert.deepEqual(moment.recentAlert(contextWith(asked(1))), ALLOW);
  });

  test('without one nothing is stopped', () => {
    const silent = refusalOf(moment.recentAlert, asked(12, 5.01));
    assert.equal(silent.reason, 'no_recent_alert');
    assert.match(silent.message, /^the stop was requested at 2026-.*, and the last copy of the alert came at 2026-/);
    assert.match(refusalOf(moment.recentAlert, asked(1.01)).message, /no copy of the alert is known/);
  });

  test('is nothing to a start, or to a person', () => {
    assert.deepEqual(moment.recentAlert(contextWith({ ...asked(12), intent: { verb: 'start' } })), ALLOW);
    assert.deepEqual(moment.recentAlert(contextWith({ ...asked(12), intent: { cause: BY_PERSON } })), ALLOW);
  });
});

describe('the blast radius', () => {
  const full = Array.from({ length: 25 }, (_, index) => NOON - 10 * MINUTE + (index + 1) * 1_000);

  test('has room for 25 automatic stops in ten minutes; the next one waits for the oldest to be forgotten', () => {
    const { until, reason, message } = waitOf(moment.fleetLimit, { acts: { fleet: full } });
    assert.deepEqual([until, reason], [NOON + 5_000, 'fleet_limit'], 'a second would do, and would wake all of them');
    assert.equal(message, 'the limit of 25 automatic stops in 10m is reached');
    assert.deepEqual(moment.fleetLimit(contextWith({ acts: { fleet: full }, now: until })), ALLOW);
    assert.deepEqual(moment.fleetLimit(contextWith({ acts: { fleet: full.slice(1) } })), ALLOW);
  });

  test('is about stops', () => {
    assert.deepEqual(moment.fleetLimit(contextWith({ acts: { fleet: full }, intent: { verb: 'start' } })), ALLOW);
  });

  test('a selector has a limit of its own; of two that are full, the later one counts', () => {
    const fleetLimits = [
      { count: 25, perMs: 10 * MINUTE },
      { count: 1, perMs: HOUR, only: { team: 'ml' } },
    ];
    const acts = { fleet: full, 'fleet [["team","ml"]]': [NOON - MINUTE] };
    const instance = { tags: { team: 'ml' } };
    const { until, message } = waitOf(moment.fleetLimit, { settings: { fleetLimits }, acts, instance });
    assert.equal(until, NOON + 59 * MINUTE);
    assert.equal(message, 'the limit of 1 automatic stop in 1h of machines with "team"="ml" is reached');
    assert.equal(waitOf(moment.fleetLimit, { settings: { fleetLimits }, acts }).until, NOON + 5_000, 'no member');
    const own = { settings: { fleetLimits }, acts: { 'fleet [["team","ml"]]': [NOON - MINUTE] } };
    assert.deepEqual(moment.fleetLimit(contextWith(own)), ALLOW);
  });
});

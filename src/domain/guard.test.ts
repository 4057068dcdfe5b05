import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPrices } from './price.ts';
import { contextWith, type ContextChange } from '../../test/support/guard-context.ts';
import { BY_PERSON, GUARD_SETTINGS, HOLD, HOUR, LEASE, NOON, PAUSE } from '../../test/support/operation.ts';
import { GUARD_REASONS } from './guard-reasons.ts';
import { GUARDS, GUARD_NAMES, judge, OPTIONAL_GUARDS, type GuardName } from './guard.ts';
import type { Pause } from './voice.ts';

/** What holds an ordinary stop by an alert back, guard by guard. */
const HELD_BACK: Readonly<Record<GuardName, ContextChange>> = {
  not_gone: { instance: { state: 'terminated' } },
  token_selector: { intent: { only: { team: 'ml' } } },
  require_tag: { settings: { requireTag: { key: 'stoppable' }, off: new Set() } },
  opt_out: { instance: { tags: { 'ec2-operator': 'off' } } },
  managed: { instance: { managedBy: 'workspaces.amazonaws.com' } },
  asg_member: { instance: { tags: { 'aws:autoscaling:groupName': 'workers' } } },
  own_machine: { own: 'i-00000000000000001' },
  root_device: { instance: { rootDevice: 'instance-store' } },
  spot: { instance: { lifecycle: 'spot' }, settings: { spot: 'all' } },
  scratch_disk: { instance: { type: 'i3.large' }, settings: { scratchDisk: 'refuse' } },
  committed: {
    instance: { committed: { kind: 'capacity_reservation', id: 'cr-0123456789abcdef0' } },
    settings: { off: new Set() },
  },
  stale_alert: { instance: { launchedAt: NOON - HOUR / 2 }, settings: { minUptimeMs: HOUR / 2 } },
  paused: { voice: { holds: [], pauses: [PAUSE] } },
  held: { voice: { holds: [HOLD], pauses: [] } },
  leased: { voice: { holds: [], pauses: [], lease: LEASE } },
  flapping: { acts: { 'stop i-00000000000000001': [4, 3, 2, 1].map((hours) => NOON - hours * HOUR) } },
  settled: { instance: { state: 'pending' } },
  min_uptime: { instance: { launchedAt: NOON - 60_000 }, settings: { off: new Set(['stale_alert']) } },
  windows: {
    settings: { windows: [{ kind: 'forbid', verbs: ['stop'], from: 0, to: 1440, days: [7], zone: 'UTC' }] },
  },
  unconfirmed: {
    intent: {
      cause: { by: 'alert', fingerprint: 'f1', alertname: 'UnusedGPU', beganAt: NOON - HOUR, unconfirmedSince: NOON },
    },
    firing: { firing: 'unasked' },
  },
  still_firing: { firing: { firing: 'no', message: 'it does not' } },
  recent_alert: { copies: { askedAt: NOON - 2 * HOUR } },
  on_resolved: {
    intent: { cause: { by: 'alert', fingerprint: 'f1', alertname: 'GpuWanted', beganAt: NOON - HOUR, resolved: true } },
  },
  fleet_limit: { acts: { fleet: Array.from({ length: 25 }, () => NOON - 1) } },
  warned: { settings: { warn: { beforeMs: 900_000, always: true, ifUndelivered: 'wait' as const } } },
};

const PASSED_BY_LEASES: readonly GuardName[] = ['committed', 'flapping', 'min_uptime'];

const GUARDS_OF_PEOPLE: readonly GuardName[] = [
  'own_machine',
  'committed',
  'flapping',
  'min_uptime',
  'windows',
  'fleet_limit',
];

/** A person is told of a pause and a lease; of her own stop she needs no warning. */
const ABOUT_AUTOMATIC: readonly GuardName[] = ['paused', 'leased', 'warned'];

const ABOUT_ALERTS: readonly GuardName[] = [
  ...ABOUT_AUTOMATIC,
  'stale_alert',
  'unconfirmed',
  'still_firing',
  'recent_alert',
  'on_resolved',
];

test('an ordinary machine may be stopped by an alert and started by a person', () => {
  const started = judge(contextWith({ intent: { verb: 'start', cause: BY_PERSON }, instance: { state: 'stopped' } }));
  for (const { verdict, guard, verdicts } of [judge(contextWith({})), started]) {
    assert.deepEqual([verdict, guard], [{ verdict: 'allow' }, undefined]);
    assert.deepEqual(
      verdicts.map((judged) => judged.guard),
      GUARD_NAMES.filter((name) => name !== 'require_tag' && name !== 'committed'),
    );
    assert.ok(verdicts.every((judged) => judged.verdict === 'allow'));
  }
});

describe('each guard, on its own', () => {
  for (const name of GUARD_NAMES) {
    test(name, () => {
      const context = contextWith(HELD_BACK[name]);
      const { guard, verdict, verdicts } = judge(context);
      assert.equal(guard, name);
      assert.deepEqual(GUARDS[name].ask(context), verdict);
      assert.ok(verdict.verdict !== 'allow' && GUARD_REASONS[name].includes(verdict.reason));
      const others = verdicts.filter((judged) => judged.verdict !== 'allow');
      assert.deepEqual(
        others.map((judged) => judged.guard),
        [name],
        'it alone holds it back',
      );
      assert.ok(others.every(({ message }) => message !== undefined && message.length > 10));
    });
  }
});

describe('off by its name', () => {
  for (const name of OPTIONAL_GUARDS) {
    test(name, () => {
      const context = contextWith(HELD_BACK[name]);
      const off = new Set([...context.settings.off, name]);
      const { verdict, verdicts } = judge({ ...context, settings: { ...context.settings, off } });
      assert.equal(verdict.verdict, 'allow');
      assert.ok(verdicts.every(({ guard }) => guard !== name));
    });
  }

  test('all but those that EC2 enforces anyway, and those that nothing could be trusted without', () => {
    const always = GUARD_NAMES.filter((name) => OPTIONAL_GUARDS.every((optional) => optional !== name));
    assert.deepEqual(always, [
      'not_gone',
      'token_selector',
      'managed',
      'root_device',
      'paused',
      'held',
      'leased',
      'settled',
      'unconfirmed',
      'on_resolved',
      'warned',
    ]);
  });
});

describe('a person', () => {
  for (const name of GUARD_NAMES.filter((guard) => !ABOUT_ALERTS.includes(guard))) {
    test(`${GUARDS_OF_PEOPLE.includes(name) ? 'passes' : 'does not pass'} ${name}`, () => {
      const change = HELD_BACK[name];
      const { verdict, guard, verdicts } = judge(
        contextWith({ ...change, intent: { ...change.intent, cause: BY_PERSON } }),
      );
      const passes = GUARDS_OF_PEOPLE.includes(name);
      assert.equal(verdict.verdict === 'allow', passes);
      assert.equal(guard, passes ? undefined : name);
      const judged = verdicts.find((one) => one.guard === name);
      assert.equal(judged?.verdict === 'overridden', passes);
      assert.ok(judged?.message, 'and is told which, and why');
    });
  }
});

test('beside another no, no time is told at which a warning would end', () => {
  const { settings } = HELD_BACK.warned;
  for (const name of ABOUT_AUTOMATIC.filter((one) => one !== 'warned')) {
    const { guard, verdicts } = judge(contextWith({ ...HELD_BACK[name], ...(settings && { settings }) }));
    assert.equal(guard, name);
    assert.deepEqual(
      verdicts.filter((one) => one.guard === 'warned'),
      [],
      name,
    );
  }
});

test('a hold or a pause without an end is followed by no stop, and the last of several ends counts', () => {
  const { settings } = HELD_BACK.warned;
  const short = { ...PAUSE, until: NOON + 60_000 };
  const tagged = { 'ec2-operator:hold-until': 'tomorrow' };
  const ask = (pauses: readonly Pause[], tags: Readonly<Record<string, string>> = {}) =>
    judge(contextWith({ ...(settings && { settings }), voice: { holds: [HOLD], pauses }, instance: { tags } }));
  assert.equal(ask([PAUSE]).warning, undefined);
  assert.equal(ask([], tagged).warning, undefined);
  assert.equal(ask([short]).guard, 'paused');
  assert.equal(ask([short]).warning?.at, HOLD.until);
});

test('a person passes a pause and a lease, and is told of them', () => {
  for (const name of ABOUT_AUTOMATIC) {
    const change = HELD_BACK[name];
    const { verdict, verdicts } = judge(contextWith({ ...change, intent: { cause: BY_PERSON } }));
    assert.equal(verdict.verdict, 'allow', name);
    assert.equal(verdicts.find(({ guard }) => guard === name)?.message !== undefined, name !== 'warned');
  }
});

test('a lease passes what its stop was agreed on, and nothing else', () => {
  const cause = { by: 'lease', lease: LEASE.id, name: 'pia', beganAt: LEASE.since } as const;
  const voice = { holds: [], pauses: [], lease: { ...LEASE, since: NOON - 60_000, until: NOON } };
  for (const name of GUARD_NAMES) {
    const change = HELD_BACK[name];
    const { verdict } = judge(
      contextWith({ ...change, voice: { ...voice, ...change.voice }, intent: { ...change.intent, cause } }),
    );
    const passes = PASSED_BY_LEASES.includes(name) || (ABOUT_ALERTS.includes(name) && !ABOUT_AUTOMATIC.includes(name));
    assert.equal(verdict.verdict === 'allow', passes, name);
  }
});

describe('of several guards', () => {
  test('the first that refuses decides, even after one that waits', () => {
    const change = { instance: { state: 'pending', launchedAt: NOON } } as const;
    assert.equal(judge(contextWith(change)).guard, 'stale_alert');
    const later = { ...change, settings: { off: new Set(['stale_alert']) } };
    assert.equal(judge(contextWith(later)).guard, 'settled');
    assert.equal(judge(contextWith({ ...later, firing: { firing: 'no', message: 'gone' } })).guard, 'still_firing');
  });

  test('what can never be right is said before what is not right at this moment', () => {
    const tags = { 'ec2-operator': 'off', 'eks:cluster-name': 'x' };
    assert.equal(judge(contextWith({ instance: { state: 'terminated', tags } })).guard, 'not_gone');
    assert.equal(judge(contextWith({ instance: { state: 'pending', tags, launchedAt: NOON } })).guard, 'opt_out');
  });

  test('all are told', () => {
    const { verdicts } = judge(contextWith({ instance: { state: 'pending', launchedAt: NOON, managedBy: 'x' } }));
    assert.deepEqual(
      verdicts.filter(({ verdict }) => verdict !== 'allow').map(({ guard, verdict }) => `${guard} ${verdict}`),
      ['managed refuse', 'stale_alert refuse', 'settled wait'],
    );
  });
});

test('nothing configured means what the table of guards says', () => {
  assert.deepEqual(GUARD_SETTINGS, {
    off: new Set(['require_tag', 'committed']),
    optOut: { tag: 'ec2-operator', off: ['off'], stopOnly: ['stop-only'], startOnly: ['start-only'] },
    managers: { also: [], except: [] },
    spot: 'one-time',
    scratchDisk: 'allow',
    minUptimeMs: HOUR,
    windows: [],
    fleetLimits: [{ count: 25, perMs: 600_000 }],
    flapping: { count: 4, perMs: 6 * HOUR },
    onResolved: { graceMs: 600_000, stops: 'refused' },
    warn: { beforeMs: 900_000, always: false, ifUndelivered: 'wait' },
    telling: {
      channels: [],
      escalations: [],
      owners: { tags: ['owner', 'Owner'], email: '{owner}', domains: [] },
      prices: { ...createPrices(), pricingApi: true },
    },
    zone: 'UTC',
  });
});

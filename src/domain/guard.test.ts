import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BY_ALERT, BY_PERSON, HOUR, instanceWith, intentWith, NOON } from '../../test/support/operation.ts';
import { judge, type GuardContext } from './guard.ts';
import { INSTANCE_STATES, type Instance } from './instance.ts';
import type { Intent } from './intent.ts';

function ask(intent: Partial<Intent>, instance: Partial<Instance>) {
  const context: GuardContext = { intent: intentWith(intent), instance: instanceWith(instance), now: NOON };
  const { guard, verdict } = judge(context);
  return {
    guard,
    ...verdict,
    reason: 'reason' in verdict ? verdict.reason : undefined,
    message: 'message' in verdict ? verdict.message : '',
  };
}

test('an ordinary machine may be stopped by an alert and started by a person', () => {
  assert.equal(ask({}, {}).verdict, 'allow');
  assert.equal(ask({ verb: 'start', cause: BY_PERSON }, { state: 'stopped' }).verdict, 'allow');
});

describe('every state, by verb', () => {
  const expected = {
    pending: ['allow', 'wait'],
    running: ['allow', 'allow'],
    stopping: ['wait', 'allow'],
    stopped: ['allow', 'allow'],
    'shutting-down': ['refuse', 'refuse'],
    terminated: ['refuse', 'refuse'],
    unknown: ['wait', 'wait'],
  } as const;
  for (const state of INSTANCE_STATES) {
    test(state, () => {
      const verdicts = (['start', 'stop'] as const).map((verb) => ask({ verb }, { state }).verdict);
      assert.deepEqual(verdicts, expected[state]);
    });
  }

  test('a wait is until five seconds from now, and names the state', () => {
    const { judged, until } = waitOf(ask({}, { state: 'pending' }));
    assert.deepEqual([judged.guard, judged.reason, until], ['settled', 'transition', NOON + 5_000]);
    assert.match(judged.message, /is pending/);
  });
});

function waitOf(judged: ReturnType<typeof ask>): { judged: ReturnType<typeof ask>; until: number | undefined } {
  return { judged, until: 'until' in judged ? judged.until : undefined };
}

describe('the tag ec2-operator', () => {
  const cases = [
    ['off', ['refuse', 'refuse']],
    [' OFF ', ['refuse', 'refuse']],
    ['stop-only', ['refuse', 'allow']],
    ['start-only', ['allow', 'refuse']],
    ['on', ['allow', 'allow']],
    ['', ['allow', 'allow']],
  ] as const;
  for (const [value, expected] of cases) {
    test(JSON.stringify(value), () => {
      const tags = { 'ec2-operator': value };
      const start = ask({ verb: 'start' }, { tags, state: 'stopped' });
      const stop = ask({ verb: 'stop' }, { tags });
      assert.deepEqual([start.verdict, stop.verdict], expected);
      for (const { verdict, reason } of [start, stop]) if (verdict === 'refuse') assert.equal(reason, 'opt_out');
    });
  }
});

describe('machines that somebody else owns', () => {
  const owned: readonly (readonly [change: Partial<Instance>, named: RegExp])[] = [
    [{ tags: { 'aws:autoscaling:groupName': 'workers' } }, /Auto Scaling group .*"workers"/],
    [{ tags: { 'eks:cluster-name': 'prod' } }, /EKS cluster/],
    [{ tags: { 'kubernetes.io/cluster/prod': 'owned' } }, /Kubernetes cluster/],
    [{ tags: { 'karpenter.sh/nodepool': 'gpu' } }, /Karpenter/],
    [{ managedBy: 'workspaces.amazonaws.com' }, /managed by "workspaces\.amazonaws\.com"/],
  ];
  for (const [change, named] of owned) {
    test(named.source, () => {
      for (const cause of [BY_ALERT, BY_PERSON]) {
        const { guard, reason, message } = ask({ cause }, change);
        assert.deepEqual([guard, reason], ['not_managed', 'managed']);
        assert.match(message, named);
      }
    });
  }

  test("a tag that only looks like it is nobody's", () => {
    assert.equal(
      ask({}, { tags: { 'my-kubernetes.io/cluster/x': '1', 'eks:cluster-name-old': 'x' } }).verdict,
      'allow',
    );
  });
});

test('a tag whose word is not known is taken for a no, and says which are known', () => {
  for (const value of ['false', 'no', 'never', 'Stop_Only', '__proto__', 'constructor']) {
    const { reason, message } = ask({}, { tags: { 'ec2-operator': value } });
    assert.equal(reason, 'opt_out', value);
    assert.match(message, /known are allowed, on, off, stop-only and start-only/);
  }
  for (const value of ['', 'on', 'allowed', ' Allowed ']) {
    assert.equal(ask({}, { tags: { 'ec2-operator': value } }).verdict, 'allow', value);
  }
});

describe('an alert from before the last launch', () => {
  const launchedAt = NOON - HOUR / 2;

  test('does not stop the machine, and says both times', () => {
    const { guard, reason, message } = ask({}, { launchedAt });
    assert.deepEqual([guard, reason], ['not_stale', 'stale_alert']);
    assert.match(message, /began 2026-11-22T11:00:00\.000Z.*was launched 2026-11-22T11:30:00\.000Z/);
  });

  test('is good enough for a start', () => {
    assert.equal(ask({ verb: 'start' }, { launchedAt, state: 'stopped' }).verdict, 'allow');
  });

  test('so is a request of a person, give or take a minute between the clocks', () => {
    const { beganAt } = BY_PERSON;
    assert.equal(ask({ cause: BY_PERSON }, { launchedAt: beganAt + 60_000 }).verdict, 'allow');
    const { reason, message } = ask({ cause: BY_PERSON }, { launchedAt: beganAt + 60_001 });
    assert.equal(reason, 'stale_alert');
    assert.match(message, /this was asked for 2026-/);
  });

  test('from the very moment of the launch it counts', () => {
    assert.equal(ask({}, { launchedAt: NOON - HOUR }).verdict, 'allow');
    assert.equal(ask({}, { launchedAt: NOON - HOUR + 1 }).verdict, 'refuse');
  });
});

test('what can never be right is said before what is not right at this moment', () => {
  const all = { state: 'terminated', tags: { 'ec2-operator': 'off', 'eks:cluster-name': 'x' } } as const;
  assert.equal(ask({}, all).reason, 'terminated');
  assert.equal(ask({}, { ...all, state: 'pending' }).reason, 'opt_out');
  assert.equal(ask({}, { state: 'pending', launchedAt: NOON }).reason, 'stale_alert');
});

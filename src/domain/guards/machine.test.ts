import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contextWith, type ContextChange } from '../../../test/support/guard-context.ts';
import { BY_ALERT, BY_PERSON, NOON } from '../../../test/support/operation.ts';
import { INSTANCE_STATES, type Instance } from '../instance.ts';
import { VERBS } from '../intent.ts';
import { ALLOW, type Guard, type Verdict } from '../verdict.ts';
import * as machine from './machine.ts';

function refusal(guard: Guard, change: ContextChange): readonly [reason: string, message: string] {
  const verdict = guard(contextWith(change));
  assert.equal(verdict.verdict, 'refuse');
  return [verdict.reason, verdict.message];
}

function byVerb(guard: Guard, change: ContextChange): readonly Verdict['verdict'][] {
  return VERBS.map((verb) => guard(contextWith({ ...change, intent: { ...change.intent, verb } })).verdict);
}

test('the machine that ec2-operator runs on is not stopped, and may be started', () => {
  const own = contextWith({}).instance.id;
  assert.deepEqual(byVerb(machine.ownMachine, { own }), ['allow', 'refuse']);
  assert.deepEqual(byVerb(machine.ownMachine, { own: 'i-0000000000000000f' }), ['allow', 'allow']);
  const [reason, message] = refusal(machine.ownMachine, { own });
  assert.equal(reason, 'own_machine');
  assert.match(message, /^ec2-operator itself runs on .*: once it has stopped, nothing is left that starts it again$/);
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
      const gone = byVerb(machine.notGone, { instance: { state } });
      const settled = byVerb(machine.settled, { instance: { state } });
      assert.deepEqual(
        gone.map((verdict, index) => (verdict === 'allow' ? settled[index] : verdict)),
        expected[state],
      );
    });
  }

  test('a wait is until five seconds from now, and names the state', () => {
    const verdict = machine.settled(contextWith({ instance: { state: 'pending' } }));
    assert.ok(verdict.verdict === 'wait');
    assert.deepEqual([verdict.reason, verdict.until], ['transition', NOON + 5_000]);
    assert.match(verdict.message, /is still pending; it is checked again in 5 s$/);
  });
});

describe("the sender's token", () => {
  const only = { team: 'ml', stage: 'dev' };

  test('is for every machine unless it says otherwise', () => {
    assert.deepEqual(machine.tokenSelector(contextWith({})), ALLOW);
  });

  test('is for machines that carry every tag of its selector', () => {
    assert.deepEqual(machine.tokenSelector(contextWith({ intent: { only }, instance: { tags: only } })), ALLOW);
    for (const tags of [{}, { team: 'ml' }, { team: 'ml', stage: 'prod' }, { team: 'ML', stage: 'dev' }]) {
      const [reason, message] = refusal(machine.tokenSelector, { intent: { only }, instance: { tags } });
      assert.equal(reason, 'token_selector');
      assert.match(message, /"team"="ml" and "stage"="dev", and i-00000000000000001 .* is not one of them$/);
    }
  });
});

describe('a tag that machines must carry', () => {
  const withTag = (value: string | undefined, tags: Instance['tags']): ContextChange => ({
    settings: { requireTag: value === undefined ? { key: 'stoppable' } : { key: 'stoppable', value } },
    instance: { tags },
  });

  test('with any value, or with one', () => {
    assert.deepEqual(machine.requireTag(contextWith(withTag(undefined, { stoppable: '' }))), ALLOW);
    assert.deepEqual(machine.requireTag(contextWith(withTag('yes', { stoppable: 'yes' }))), ALLOW);
    assert.deepEqual(machine.requireTag(contextWith({})), ALLOW, 'none is needed unless it is configured');
  });

  test('is named when it is missing, with what was found instead', () => {
    const [reason, missing] = refusal(machine.requireTag, withTag('yes', { Stoppable: 'yes' }));
    assert.equal(reason, 'require_tag');
    assert.match(missing, /lacks the required tag "stoppable"="yes"$/);
    assert.match(
      refusal(machine.requireTag, withTag('yes', { stoppable: 'no' }))[1],
      /"stoppable"="yes"; its value is "no"$/,
    );
    assert.match(refusal(machine.requireTag, withTag(undefined, {}))[1], /lacks the required tag "stoppable"$/);
    assert.match(
      refusal(machine.requireTag, { ...withTag(undefined, {}), settings: { requireTag: { key: 'constructor' } } })[1],
      /"constructor"$/,
    );
  });
});

describe('the tag ec2-operator', () => {
  const cases = [
    ['off', ['refuse', 'refuse']],
    [' OFF ', ['refuse', 'refuse']],
    ['stop-only', ['refuse', 'allow']],
    ['start-only', ['allow', 'refuse']],
    ['on', ['allow', 'allow']],
    ['allowed', ['allow', 'allow']],
    ['', ['allow', 'allow']],
  ] as const;
  for (const [value, expected] of cases) {
    test(JSON.stringify(value), () => {
      assert.deepEqual(byVerb(machine.optOut, { instance: { tags: { 'ec2-operator': value } } }), expected);
    });
  }

  test('a word that is not known is taken for a no, and says which are known', () => {
    for (const value of ['false', 'no', 'never', 'Stop_Only', '__proto__', 'constructor']) {
      const [reason, message] = refusal(machine.optOut, { instance: { tags: { 'ec2-operator': value } } });
      assert.equal(reason, 'opt_out', value);
      assert.match(message, /which is not a known value; expected one of on, allowed, off, stop-only, start-only$/);
    }
  });

  test('its name can be one that every object has', () => {
    for (const tag of ['constructor', '__proto__', 'toString']) {
      const optOut = { tag, off: ['off'], stopOnly: [], startOnly: [] };
      const of = (tags: Readonly<Record<string, string>>) =>
        byVerb(machine.optOut, { settings: { optOut }, instance: { tags } });
      assert.deepEqual(of({}), ['allow', 'allow']);
      assert.deepEqual(of(Object.fromEntries([[tag, 'off']])), ['refuse', 'refuse']);
    }
  });

  test('its name and its words can be others', () => {
    const optOut = { tag: 'power', off: ['hands off'], stopOnly: ['cheap'], startOnly: ['hot'] };
    const of = (value: string) =>
      byVerb(machine.optOut, { settings: { optOut }, instance: { tags: { power: value } } });
    assert.deepEqual(of('Hands Off'), ['refuse', 'refuse']);
    assert.deepEqual(of('cheap'), ['refuse', 'allow']);
    assert.deepEqual(of('hot'), ['allow', 'refuse']);
    assert.deepEqual(of('off'), ['refuse', 'refuse'], 'a word that is not among them');
    const old = { settings: { optOut }, instance: { tags: { 'ec2-operator': 'off' } } };
    assert.deepEqual(byVerb(machine.optOut, old), ['allow', 'allow']);
  });

  test('a word that stands for more than one thing allows the least of them', () => {
    const optOut = { tag: 'power', off: ['x'], stopOnly: ['x', 'y'], startOnly: ['y'] };
    for (const power of ['x', 'y'])
      assert.deepEqual(byVerb(machine.optOut, { settings: { optOut }, instance: { tags: { power } } }), [
        'refuse',
        'refuse',
      ]);
  });
});

describe('machines that a service or tool manages', () => {
  const owned: readonly (readonly [tags: Instance['tags'], named: RegExp])[] = [
    [{ 'aws:autoscaling:groupName': 'workers' }, /belongs to the Auto Scaling group .*"workers"/],
    [{ 'eks:cluster-name': 'prod' }, /belongs to the EKS cluster/],
    [{ 'kubernetes.io/cluster/prod': 'owned' }, /belongs to the Kubernetes cluster/],
    [{ 'karpenter.sh/nodepool': 'gpu' }, /belongs to Karpenter/],
    [{ 'aws:ec2:fleet-id': 'fleet-1' }, /belongs to the EC2 Fleet \(tag "aws:ec2:fleet-id"="fleet-1"\)/],
    [{ 'aws:elasticmapreduce:job-flow-id': 'j-1' }, /belongs to the EMR cluster/],
  ];
  for (const [tags, named] of owned) {
    test(named.source, () => {
      for (const cause of [BY_ALERT, BY_PERSON]) {
        const [reason, message] = refusal(machine.asgMember, { intent: { cause }, instance: { tags } });
        assert.equal(reason, 'managed');
        assert.match(message, named);
      }
    });
  }

  test('an AWS service, by Operator.Managed', () => {
    assert.deepEqual(machine.managed(contextWith({})), ALLOW);
    const [reason, message] = refusal(machine.managed, { instance: { managedBy: 'workspaces.amazonaws.com' } });
    assert.equal(reason, 'managed');
    assert.match(message, /is managed by "workspaces\.amazonaws\.com", and only that service can stop it$/);
  });

  test('a tag that only looks like one names no manager', () => {
    const tags = { 'my-kubernetes.io/cluster/x': '1', 'eks:cluster-name-old': 'x', 'AWS:autoscaling:groupName': 'x' };
    assert.deepEqual(byVerb(machine.asgMember, { instance: { tags } }), ['allow', 'allow']);
  });
});

test('what boots from an instance store can be started, not stopped', () => {
  assert.deepEqual(byVerb(machine.rootDevice, { instance: { rootDevice: 'instance-store' } }), ['allow', 'refuse']);
  assert.equal(refusal(machine.rootDevice, { instance: { rootDevice: 'instance-store' } })[0], 'unsupported');
});

describe('a Spot instance', () => {
  const instance = { lifecycle: 'spot' } as const;

  test('is left to EC2, which knows whether its request is persistent, and that is said', () => {
    const verdict = machine.spot(contextWith({ instance }));
    assert.equal(verdict.verdict, 'allow');
    assert.match(verdict.message ?? '', /EC2 stops a Spot instance only if its request is persistent/);
    assert.deepEqual(machine.spot(contextWith({})), ALLOW);
  });

  test('is not stopped where all of them are refused, but may be started', () => {
    assert.deepEqual(byVerb(machine.spot, { instance, settings: { spot: 'all' } }), ['allow', 'refuse']);
    assert.equal(refusal(machine.spot, { instance, settings: { spot: 'all' } })[0], 'spot');
  });
});

describe('local disks', () => {
  test('are allowed, with a word about what is lost', () => {
    const verdict = machine.scratchDisk(contextWith({ instance: { type: 'g4dn.xlarge' } }));
    assert.equal(verdict.verdict, 'allow');
    assert.match(verdict.message ?? '', /^a stop erases its local disks \(type "g4dn\.xlarge"\)$/);
    assert.deepEqual(machine.scratchDisk(contextWith({ instance: { type: 'm5.large' } })), ALLOW);
    assert.deepEqual(machine.scratchDisk(contextWith({ intent: { verb: 'start' } })), ALLOW);
  });

  test('are refused where that is configured', () => {
    const settings = { scratchDisk: 'refuse' } as const;
    assert.deepEqual(byVerb(machine.scratchDisk, { settings, instance: { type: 'g4dn.xlarge' } }), ['allow', 'refuse']);
    assert.equal(refusal(machine.scratchDisk, { settings, instance: { type: 'i3.large' } })[0], 'scratch_disk');
    assert.deepEqual(machine.scratchDisk(contextWith({ settings, instance: { type: 'm5.large' } })), ALLOW);
  });
});

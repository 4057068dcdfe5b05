/** What the policies in deploy/iam come to, and that they ask for what the code calls and for nothing else. */
import assert from 'node:assert/strict';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import * as z from 'zod';
import { ROOT } from './dockerfile.ts';
import { actionsIn, allows, readPermissions, readTrust } from './iam.ts';
import { find } from './render.ts';
import { rendered, skip } from './workload.ts';

const MACHINE = 'arn:aws:ec2:eu-central-1:123456789012:instance/i-0123456789abcdef0';
const START = 'ec2:StartInstances';
const STOP = 'ec2:StopInstances';
const TAG = 'aws:ResourceTag/ec2-operator';

const folder = readdirSync(path.join(ROOT, 'deploy/iam'));
const permissions = folder.filter((name) => name.endsWith('policy.json'));
const trusts = folder.filter((name) => name.startsWith('trust-'));

describe('deploy/iam', () => {
  test('holds policies in the form that IAM takes, each with names for its statements', () => {
    for (const name of permissions) assertDistinct(readPermissions(name).Statement.map(({ Sid }) => Sid));
    for (const name of trusts) assertDistinct(readTrust(name).Statement.map(({ Sid }) => Sid));
    assert.equal(permissions.length + trusts.length + 1, folder.length, 'and a page that explains them');
  });

  test('explains every file, and every line that it names is there', () => {
    const readme = readFileSync(path.join(ROOT, 'deploy/iam/README.md'), 'utf8');
    const linked = [...readme.matchAll(/\]\(([\w.-]+)\)/g)].map(([, name]) => name);
    assert.deepEqual(new Set(linked), new Set([...permissions, ...trusts]));
    const policies = [...permissions, ...trusts].map((name) =>
      readFileSync(path.join(ROOT, 'deploy/iam', name), 'utf8'),
    );
    for (const [, word = ''] of readme.matchAll(/^- `([\w:]+)`/gm))
      assert.ok(
        policies.some((text) => text.includes(word)),
        word,
      );
  });
});

describe('policy.json', () => {
  const policy = readPermissions('policy.json');

  for (const [value, allowed] of [
    ['allowed', [START, STOP]],
    ['stop-only', [STOP]],
    ['start-only', [START]],
  ] as const)
    test(`lets a machine that is tagged ${value} be started and stopped as the tag says`, () => {
      const context = { [TAG]: value };
      const found = [START, STOP].filter((action) => allows(policy, { action, resource: MACHINE, context }));
      assert.deepEqual(found, allowed);
    });

  test('lets no other machine be touched', () => {
    for (const context of [{}, { [TAG]: 'off' }, { [TAG]: '' }, { 'aws:ResourceTag/team': 'allowed' }])
      for (const action of [START, STOP])
        assert.equal(allows(policy, { action, resource: MACHINE, context }), false, JSON.stringify(context));
  });

  test('allows nothing that would widen its own reach or lose a machine', () => {
    assert.deepEqual([...actionsIn(policy)].sort(), [
      'ec2:DescribeInstanceStatus',
      'ec2:DescribeInstances',
      'ec2:StartInstances',
      'ec2:StopInstances',
    ]);
  });
});

describe('the permissions', () => {
  const policy = actionsIn(readPermissions('policy.json'));
  const doctor = actionsIn(readPermissions('doctor-policy.json'));

  test('are those for the calls that the operator makes', () => {
    const volumes = actionsIn(readPermissions('volumes-policy.json'));
    assert.deepEqual(policy.union(volumes), callsIn('src/ec2/native.ts'));
    assert.ok(policy.isDisjointFrom(volumes), 'volumes are an option');
  });

  test('are enough for the doctor with its own besides, and those are all in use', () => {
    const files = globSync('src/{ec2,doctor,schedules}/**/*.ts', { cwd: ROOT }).filter(
      (file) => !file.endsWith('.test.ts'),
    );
    const called = files.reduce((all, file) => all.union(callsIn(file)), new Set<string>());
    const others = actionsIn(readPermissions('scheduler-policy.json')).union(new Set(['sts:AssumeRole']));
    assert.deepEqual(called.difference(policy).difference(others), doctor);
  });

  test('for schedules are those for the calls that are made, and the one to hand their role on', () => {
    const allowed = actionsIn(readPermissions('scheduler-policy.json'));
    assert.deepEqual(allowed, callsIn('src/schedules/native.ts').union(new Set(['iam:PassRole'])));
  });

  test('for list prices are those for the one call that is made', () => {
    assert.deepEqual(actionsIn(readPermissions('pricing-policy.json')), callsIn('src/pricing/clients.ts'));
  });

  test('to grant the use of a key hold for EC2 alone', () => {
    const kms = readPermissions('kms-policy.json');
    const resource = kms.Statement[0]?.Resource[0] ?? '';
    const context = { 'kms:GrantIsForAWSResource': 'true', 'kms:ViaService': 'ec2.eu-central-1.amazonaws.com' };
    const call = { action: 'kms:CreateGrant', resource, context };
    assert.ok(allows(kms, call));
    assert.equal(allows(kms, { ...call, context: { 'kms:GrantIsForAWSResource': 'true' } }), false, 'asked directly');
    const byHand = { ...context, 'kms:GrantIsForAWSResource': 'false' };
    assert.equal(allows(kms, { ...call, context: byHand }), false, 'for somebody else');
    assert.equal(allows(kms, { ...call, resource: resource.replace(/.$/, '0') }), false, 'with another key');
  });

  test('to assume roles name each of them, and each of them lets the operator in with the external id', () => {
    const assume = readPermissions('assume-roles-policy.json');
    for (const resource of assume.Statement.flatMap((statement) => statement.Resource))
      assert.match(resource, /^arn:aws:iam::\d{12}:role\/ec2-operator$/);
    const [letIn, letTagsIn, ...more] = readTrust('trust-operator.json').Statement;
    assert.deepEqual(more, []);
    assert.deepEqual([letIn?.Action, letTagsIn?.Action], [['sts:AssumeRole'], ['sts:TagSession']]);
    assert.deepEqual(actionsIn(assume), new Set(['sts:AssumeRole', 'sts:TagSession']));
    assert.deepEqual(letIn?.Condition, { StringEquals: { 'sts:ExternalId': ['chosen-by-you'] } });
    const operator = { AWS: [roleOfPods()] };
    assert.deepEqual([letIn.Principal, letTagsIn?.Principal], [operator, operator]);
  });
});

describe('schedules', () => {
  const ROLE = 'arn:aws:iam::123456789012:role/ec2-operator-schedules';
  const own = 'arn:aws:scheduler:eu-central-1:123456789012:schedule/ec2-operator/ec2-operator-i-0123456789abcdef0';
  const policy = readPermissions('scheduler-policy.json');

  test('of the group and of our names alone may be set and removed', () => {
    for (const action of ['scheduler:CreateSchedule', 'scheduler:UpdateSchedule', 'scheduler:DeleteSchedule']) {
      assert.ok(allows(policy, { action, resource: own }));
      for (const [part, other] of [
        ['schedule/ec2-operator/', 'schedule/default/'],
        ['/ec2-operator-i-', '/nightly-'],
        ['123456789012', '210987654321'],
      ] as const)
        assert.equal(allows(policy, { action, resource: own.replace(part, other) }), false, other);
    }
  });

  test('get their own role, and no other service gets it', () => {
    const call = { action: 'iam:PassRole', resource: ROLE };
    assert.ok(allows(policy, { ...call, context: { 'iam:PassedToService': 'scheduler.amazonaws.com' } }));
    assert.equal(allows(policy, { ...call, context: { 'iam:PassedToService': 'ec2.amazonaws.com' } }), false);
    assert.equal(allows(policy, call), false);
    const context = { 'iam:PassedToService': 'scheduler.amazonaws.com' };
    assert.equal(allows(policy, { ...call, resource: `${ROLE}-2`, context }), false);
  });

  test('may stop the machines that the operator may stop, and do nothing else', () => {
    const role = readPermissions('schedule-role-policy.json');
    assert.deepEqual([...actionsIn(role)], [STOP]);
    for (const [value, allowed] of [
      ['allowed', true],
      ['stop-only', true],
      ['start-only', false],
      ['off', false],
    ] as const)
      assert.equal(allows(role, { action: STOP, resource: MACHINE, context: { [TAG]: value } }), allowed, value);
    assert.equal(allows(role, { action: STOP, resource: MACHINE }), false);
  });

  test('of the group in the account are the only ones that may take the role', () => {
    const [{ Principal, Action, Condition } = assert.fail(), ...more] = readTrust('trust-scheduler.json').Statement;
    assert.deepEqual([more, Principal], [[], { Service: ['scheduler.amazonaws.com'] }]);
    assert.deepEqual(Action, ['sts:AssumeRole']);
    assert.deepEqual(Condition, {
      StringEquals: { 'aws:SourceAccount': ['123456789012'] },
      ArnLike: { 'aws:SourceArn': ['arn:aws:scheduler:*:123456789012:schedule-group/ec2-operator'] },
    });
  });
});

describe('the trust in pods', { skip }, () => {
  const account = skip === false ? find(rendered('kubernetes/examples/irsa'), 'ServiceAccount').metadata : { name: '' };

  test('by IRSA is for the ServiceAccount of the example, and for tokens made for AWS', () => {
    const [{ Principal, Action, Condition } = assert.fail()] = readTrust('trust-irsa.json').Statement;
    const provider = Principal.Federated?.[0]?.split(':oidc-provider/')[1];
    assert.deepEqual(Action, ['sts:AssumeRoleWithWebIdentity']);
    assert.deepEqual(Condition.StringEquals, {
      [`${provider}:sub`]: [`system:serviceaccount:${String(account['namespace'])}:${account.name}`],
      [`${provider}:aud`]: ['sts.amazonaws.com'],
    });
  });

  test('by Pod Identity is for the same one', () => {
    const [{ Principal, Action, Condition } = assert.fail()] = readTrust('trust-pod-identity.json').Statement;
    assert.deepEqual(Principal, { Service: ['pods.eks.amazonaws.com'] });
    assert.deepEqual(Action, ['sts:AssumeRole', 'sts:TagSession']);
    assert.deepEqual(Condition.StringEquals, {
      'aws:RequestTag/eks-cluster-name': ['my-cluster'],
      'aws:RequestTag/kubernetes-namespace': [account['namespace']],
      'aws:RequestTag/kubernetes-service-account': [account.name],
    });
  });
});

/** The role that the examples give to the pods. */
function roleOfPods(): string {
  const text = readFileSync(path.join(ROOT, 'deploy/kubernetes/examples/irsa/service-account.yaml'), 'utf8');
  return z.string().parse(/role-arn: (\S+)/.exec(text)?.[1]);
}

/** What a file calls of AWS, as permissions are called: by the commands of the SDK, and by name. */
function callsIn(file: string): ReadonlySet<string> {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const services = { schedules: 'scheduler', pricing: 'pricing' } as const;
  const service = Object.entries(services).find(([part]) => file.startsWith(`src/${part}/`))?.[1] ?? 'ec2';
  const commands = [...text.matchAll(/\b([A-Z][A-Za-z]+)Command\b/g)].map(([, name = '']) => `${service}:${name}`);
  const ofSts = [...text.matchAll(/(?:'|Action=)(AssumeRole|GetCallerIdentity)\b/g)].map(
    ([, name = '']) => `sts:${name}`,
  );
  return new Set([...commands, ...ofSts]);
}

function assertDistinct(words: readonly string[]): void {
  assert.equal(new Set(words).size, words.length, words.join(', '));
}

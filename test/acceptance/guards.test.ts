/** The table of guards, row by row: machines that must never be touched, whoever asks. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OperationBody } from '../../src/http/schemas.ts';
import { alert, minutesAgo, stopAlert } from '../support/alerts.ts';
import { addressOf, idOf, machine, type MachineEntry } from '../support/fleet.ts';
import { startOperator, type Operator } from '../support/operator.ts';

const ID = idOf(1);

function path(verb: string, dryRun = false): string {
  return `/operateInstance?instance=${ID}&action=${verb}&client=native&dryrun=${String(dryRun)}`;
}

async function byAlert(operator: Operator, verb: string): Promise<OperationBody> {
  const [receipt] = await operator.post('/operateHostname', [alert({ hostname: addressOf(1), action: verb })]);
  return operator.end(receipt?.operation);
}

async function byPerson(operator: Operator, verb: string, dryRun = false): Promise<OperationBody> {
  const { operation } = await operator.ask(path(verb, dryRun));
  return operator.end(operation.id);
}

/** With its guard, if one decided. */
function outcome({ state, reason, trail = [] }: OperationBody): readonly (string | undefined)[] {
  return [state, reason, trail.at(-1)?.guard];
}

interface Refusal {
  readonly what: string;
  readonly entry: MachineEntry;
  readonly guards?: string;
  readonly verbs: readonly string[];
  readonly reason: string;
  readonly guard: string;
  readonly message: RegExp;
}

const BOTH = ['start', 'stop'];

function owned(tag: string): MachineEntry {
  return { tags: { [tag]: 'x' } };
}

const REFUSED: readonly Refusal[] = [
  ...[{ 'ec2-operator': 'off' }, { 'EC2-Operator': 'OFF' }, { 'ec2-operator': 'never' }].map((tags) => ({
    what: `the tag ${JSON.stringify(tags)}`,
    entry: { tags },
    verbs: BOTH,
    reason: 'opt_out',
    guard: 'opt_out',
    message:
      /has the tag ec2-operator=(?:off, which forbids a (?:start|stop)|"never", which is not a known value; expected one of .*)$/,
  })),
  {
    what: 'the tag ec2-operator=start-only',
    entry: { tags: { 'ec2-operator': 'start-only' } },
    verbs: ['stop'],
    reason: 'opt_out',
    guard: 'opt_out',
    message: /has the tag ec2-operator=start-only, which forbids a stop$/,
  },
  {
    what: 'the tag ec2-operator=stop-only',
    entry: { tags: { 'ec2-operator': 'stop-only' } },
    verbs: ['start'],
    reason: 'opt_out',
    guard: 'opt_out',
    message: /has the tag ec2-operator=stop-only, which forbids a start$/,
  },
  {
    what: 'the tag that was configured for it',
    entry: { tags: { power: 'Mine' } },
    guards: '{ opt_out: { tag: power, off: [mine] } }',
    verbs: BOTH,
    reason: 'opt_out',
    guard: 'opt_out',
    message: /has the tag power=mine, which forbids a (?:start|stop)$/,
  },
  {
    what: 'no tag where one is needed',
    entry: { tags: { stoppable: 'no' } },
    guards: '{ require_tag: { key: stoppable, value: "yes" } }',
    verbs: BOTH,
    reason: 'require_tag',
    guard: 'require_tag',
    message: /lacks the required tag "stoppable"="yes"; its value is "no"$/,
  },
  {
    what: 'no tag where any value would do',
    entry: { tags: { Stoppable: 'yes' } },
    guards: '{ require_tag: { key: stoppable } }',
    verbs: BOTH,
    reason: 'require_tag',
    guard: 'require_tag',
    message: /lacks the required tag "stoppable"$/,
  },
  ...[
    { what: 'a member of an Auto Scaling group', entry: { asg: 'workers' } },
    { what: 'an EKS node', entry: owned('eks:cluster-name') },
    { what: 'a node of a Kubernetes cluster', entry: owned('kubernetes.io/cluster/prod') },
    { what: 'a Karpenter node', entry: owned('karpenter.sh/nodepool') },
  ].map((one) => ({ ...one, verbs: BOTH, reason: 'managed', guard: 'asg_member', message: /belongs to .*\(tag "/ })),
  {
    what: 'a machine that an AWS service manages',
    entry: { operator: 'workspaces.amazonaws.com' },
    verbs: BOTH,
    reason: 'managed',
    guard: 'managed',
    message: /is managed by "workspaces\.amazonaws\.com", and only that service can (?:start|stop) it$/,
  },
  {
    what: 'a root device that is an instance store',
    entry: { root: 'instance-store' },
    verbs: ['stop'],
    reason: 'unsupported',
    guard: 'root_device',
    message: /boots from an instance store/,
  },
  {
    what: 'a Spot instance where none is stopped',
    entry: { spot: 'persistent' },
    guards: '{ spot: all }',
    verbs: ['stop'],
    reason: 'spot',
    guard: 'spot',
    message: /is a Spot instance, which guards.spot: all protects$/,
  },
  {
    what: 'local disks where their data must not be lost',
    entry: { type: 'g4dn.xlarge' },
    guards: '{ scratch_disk: refuse }',
    verbs: ['stop'],
    reason: 'scratch_disk',
    guard: 'scratch_disk',
    message: /a stop erases its local disks \(type "g4dn\.xlarge"\)$/,
  },
];

/** In the state in which the verb has something to do. */
async function startWith(entry: MachineEntry, verb: string, guards = '{}'): Promise<Operator> {
  const state = verb === 'start' ? 'stopped' : 'running';
  return startOperator({ machines: [machine(1, { type: 'm5.large', state, ...entry })], config: `guards: ${guards}` });
}

describe('nobody gets past', { concurrency: true }, () => {
  for (const { what, entry, guards, verbs, reason, guard, message } of REFUSED) {
    for (const verb of verbs) {
      test(`${what}: ${verb}`, async () => {
        await using operator = await startWith(entry, verb, guards);
        const ends = [
          await byAlert(operator, verb),
          await byPerson(operator, verb),
          await byPerson(operator, verb, true),
        ];
        for (const end of ends) {
          assert.deepEqual(outcome(end), ['refused', reason, guard]);
          assert.match(end.message ?? '', message);
          assert.match(end.message ?? '', new RegExp(ID));
          const judged = end.trail?.at(-1)?.verdicts?.find((one) => one.guard === guard);
          const suffix = reason === guard ? '' : ` (guard ${guard})`;
          assert.deepEqual([judged?.verdict, `${judged?.message ?? ''}${suffix}`], ['refuse', end.message]);
        }
        assert.equal((await operator.request(path(verb))).status, 409);
        assert.deepEqual(operator.changes(), []);
        assert.ok(!operator.sandbox.calls.some(({ action }) => /^(?:Start|Stop)/.test(action)), 'not even a dry run');
      });
    }
  }

  test('what EC2 itself refuses: stop protection, which is never lifted, and one-time Spot', async () => {
    for (const [entry, reason] of [
      [{ protected: true }, 'protected'],
      [{ spot: 'one-time' }, 'unsupported'],
    ] as const) {
      await using operator = await startWith(entry, 'stop');
      for (const end of [await byAlert(operator, 'stop'), await byPerson(operator, 'stop')])
        assert.deepEqual(outcome(end), ['refused', reason, undefined]);
      assert.equal(operator.sandbox.instance(ID).state, 'running');
      assert.ok(!operator.sandbox.calls.some(({ action }) => /Modify/.test(action)));
    }
  });

  test('no machine, one that is gone, and more than one', async () => {
    for (const entries of [
      [],
      [machine(1, { state: 'terminated' })],
      [machine(1, { state: 'shutting-down' })],
      [machine(1), machine(2, { private_ip: addressOf(1), vpc: 'vpc-0bbb' })],
    ]) {
      await using operator = await startOperator({ machines: entries });
      for (const verb of BOTH) {
        const { state, reason } = await byAlert(operator, verb);
        assert.deepEqual([state, reason], ['refused', entries.length === 2 ? 'ambiguous' : 'not_found']);
      }
      assert.deepEqual(operator.changes(), []);
    }
  });
});

describe('what the guards have nothing against is done', { concurrency: true }, () => {
  const ALLOWED: readonly (readonly [what: string, entry: MachineEntry, verb: string, guards?: string])[] = [
    ['an ordinary machine', {}, 'stop'],
    ['a stopped machine', {}, 'start'],
    ['the tag ec2-operator=stop-only, and a stop', { tags: { 'ec2-operator': 'stop-only' } }, 'stop'],
    ['the tag ec2-operator=start-only, and a start', { tags: { 'ec2-operator': 'start-only' } }, 'start'],
    ['the tag that is needed', { tags: { stoppable: 'yes' } }, 'stop', '{ require_tag: { key: stoppable } }'],
    ['persistent Spot', { spot: 'persistent' }, 'stop'],
    ['stop protection, and a start', { protected: true }, 'start'],
    ['opt_out: off', { tags: { 'ec2-operator': 'off' } }, 'stop', '{ opt_out: off }'],
    ['asg_member: off', { asg: 'workers' }, 'stop', '{ asg_member: off }'],
    ['spot: off', { spot: 'persistent' }, 'stop', '{ spot: off }'],
    ['scratch_disk: off', { type: 'i3.large' }, 'stop', '{ scratch_disk: off }'],
    ['stale_alert: off', { launched: '9m ago' }, 'stop', '{ stale_alert: off, min_uptime: off }'],
    ['min_uptime: off', { launched: '2m ago' }, 'stop', '{ stale_alert: off, min_uptime: off }'],
  ];
  for (const [what, entry, verb, guards] of ALLOWED) {
    test(what, async () => {
      await using operator = await startWith(entry, verb, guards);
      assert.deepEqual(outcome(await byAlert(operator, verb)), ['succeeded', 'state_reached', undefined]);
      assert.equal(operator.changes(ID).length, 1);
    });
  }

  test('local disks, and it is said that their data is lost', async () => {
    await using operator = await startWith({ type: 'g4dn.xlarge' }, 'stop');
    const { trail = [], state } = await byAlert(operator, 'stop');
    assert.equal(state, 'succeeded');
    const [acting] = trail.filter((entry) => entry.state === 'acting');
    assert.deepEqual(
      acting?.verdicts?.map(({ guard, verdict }) => [guard, verdict]),
      [['scratch_disk', 'allow']],
    );
    assert.match(acting.verdicts[0]?.message ?? '', /^a stop erases its local disks/);
  });
});

describe('an alert from before the last launch', { concurrency: true }, () => {
  test('does not stop the machine, and says both times', async () => {
    await using operator = await startWith({ launched: '9m ago' }, 'stop');
    const end = await byAlert(operator, 'stop');
    assert.deepEqual(outcome(end), ['refused', 'stale_alert', 'stale_alert']);
    const { message = '' } = end;
    const launched = new Date(operator.sandbox.instance(ID).launchTime).toISOString().slice(0, 19);
    assert.ok(message.includes(`the alert began at ${minutesAgo(10)}`), message);
    assert.ok(message.includes(`was launched at ${launched}`), message);
    assert.deepEqual(operator.changes(), []);
  });

  test('that fires anew after the launch does', async () => {
    await using operator = await startWith({ launched: '61m ago' }, 'stop');
    const [receipt] = await operator.post('/operateHostname', [stopAlert(1, { startsAt: minutesAgo(60) })]);
    assert.equal((await operator.end(receipt?.operation)).state, 'succeeded');
  });
});

describe('a dry run', { concurrency: true }, () => {
  const MACHINE = 'not_gone token_selector opt_out managed asg_member own_machine root_device spot scratch_disk';
  const PEOPLE = 'stale_alert paused held leased flapping';
  const MOMENT = 'settled min_uptime windows unconfirmed still_firing recent_alert on_resolved fleet_limit warned';
  const GUARDS = `${MACHINE} ${PEOPLE} ${MOMENT}`.split(' ');

  test('goes through every guard and replies with all of them', async () => {
    await using operator = await startWith({}, 'stop');
    const { message, trail = [], state, reason } = await byPerson(operator, 'stop', true);
    assert.deepEqual([state, reason], ['succeeded', 'dry_run']);
    assert.match(message ?? '', new RegExp(`^would stop ${ID} .*every guard allows it`));
    const [told] = trail.flatMap(({ verdicts }) => (verdicts === undefined ? [] : [verdicts]));
    assert.deepEqual(
      told?.map(({ guard, verdict }) => `${guard} ${verdict}`),
      GUARDS.map((guard) => `${guard} allow`),
    );
    assert.deepEqual(operator.changes(), []);
    assert.equal(operator.sandbox.instance(ID).state, 'running');
  });

  test('by an alert says until when it would wait', async () => {
    await using operator = await startWith({ launched: '2m ago' }, 'stop');
    const dry = alert({ hostname: addressOf(1), dryrun: 'true' }, { startsAt: minutesAgo(1) });
    const [receipt] = await operator.post('/operateHostname', [dry]);
    const { message, state, trail = [] } = await operator.end(receipt?.operation);
    assert.equal(state, 'succeeded');
    assert.match(message ?? '', /^would wait until 20\S+Z to stop it \(min_uptime: /);
    assert.ok(trail.some(({ verdicts = [] }) => verdicts.length === GUARDS.length));
    assert.deepEqual(operator.changes(), []);
  });

  test('refused by one guard is told what the others say as well', async () => {
    await using operator = await startWith({ tags: { 'ec2-operator': 'off' }, asg: 'workers' }, 'stop');
    const { trail = [], state } = await byPerson(operator, 'stop', true);
    assert.equal(state, 'refused');
    const refusals = trail.at(-1)?.verdicts?.filter(({ verdict }) => verdict === 'refuse');
    assert.deepEqual(
      refusals?.map(({ guard }) => guard),
      ['opt_out', 'asg_member'],
    );
  });
});

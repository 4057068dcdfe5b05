/** The running operator on machines by chance: what EC2 is called for, against the table of guards as it is written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { plansAnswerSchema } from '../../src/http/plan-schemas.ts';
import type { OperationBody } from '../../src/http/schemas.ts';
import { alert, delivery } from '../support/alerts.ts';
import { idOf, machine, type MachineEntry } from '../support/fleet.ts';
import { holds, type GuardsConfig, type Row, type Said } from '../support/guard-table.ts';
import { startOperator, json, type Operator } from '../support/operator.ts';

import { RUNS } from './rows.ts';

const FLEETS = RUNS > 1_000 ? 500 : 8;
const MINUTE = 60_000;

/** A machine and what is wanted of it, far enough from every edge that a second more or less makes no difference. */
interface Wanted {
  readonly verb: 'start' | 'stop';
  readonly state: 'running' | 'stopped' | 'pending' | 'terminated';
  readonly launchedMinutes: number;
  readonly beganMinutes: number;
  readonly type: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly market: 'on-demand' | 'spot';
  readonly root: 'ebs' | 'instance-store';
  readonly isManaged: boolean;
  readonly isHeld: boolean;
}

const ORDINARY: Wanted = {
  verb: 'stop',
  state: 'running',
  launchedMinutes: 1_440,
  beganMinutes: 15,
  type: 'm5.large',
  tags: {},
  market: 'on-demand',
  root: 'ebs',
  isManaged: false,
  isHeld: false,
};

/** In one or two things other than an ordinary one, so that each guard decides often. */
const deviation = fc.oneof(
  fc.constantFrom<Partial<Wanted>>(
    { isManaged: true },
    { isHeld: true },
    { root: 'instance-store' },
    { market: 'spot' },
    { type: 'g5.xlarge' },
    { launchedMinutes: 5, beganMinutes: 4 },
    { launchedMinutes: 2, beganMinutes: 1 },
    { launchedMinutes: 120, beganMinutes: 1 },
    { launchedMinutes: 5 },
    { verb: 'start', state: 'stopped' },
    { verb: 'start' },
  ),
  fc.constantFrom<Wanted['state']>('stopped', 'pending', 'terminated').map((state) => ({ state })),
  fc
    .constantFrom(
      ...['off', 'stop-only', 'start-only', 'on', 'nope'].map((word) => ({ 'ec2-operator': word })),
      ...['1m', '12h', 'nonsense'].map((word) => ({ 'ec2-operator:min-uptime': word })),
      ...['eks:cluster-name', 'aws:autoscaling:groupName', 'karpenter.sh/x', 'Name'].map((key) => ({ [key]: 'x' })),
    )
    .map((tags) => ({ tags })),
);

const wish = fc
  .tuple(fc.array(deviation, { maxLength: 2 }), fc.constantFrom({ stoppable: 'yes' }, { stoppable: 'no' }, {}))
  .map(([deviations, marks]): Wanted => {
    const one = deviations.reduce<Wanted>((wishes, more) => ({ ...wishes, ...more }), ORDINARY);
    // What is on its way already is waited for, not asked for: not a matter of guards.
    const state = one.verb === 'start' && one.state === 'pending' ? 'running' : one.state;
    return { ...one, state, tags: { ...one.tags, ...marks } };
  });

/** Open now, closed now, or none; each for two hours around. */
const windows = fc
  .constantFrom('none', 'open', 'closed', 'forbidden')
  .map((kind): NonNullable<GuardsConfig['windows']> => {
    const at = (hours: number): string => new Date(Date.now() + hours * 60 * MINUTE).toISOString().slice(11, 16);
    switch (kind) {
      case 'none':
        return 'off';
      case 'open':
        return [{ allow: `${at(-2)}-${at(2)}` }];
      case 'closed':
        return [{ allow: `${at(2)}-${at(4)}`, verbs: ['stop'] }];
      case 'forbidden':
        return [{ forbid: `${at(-2)}-${at(2)}`, verbs: ['start'] }];
    }
  });

/** Most settings stay as they are; each is other than that now and then. */
function sometimes<T>(...values: readonly [T, ...T[]]): fc.Arbitrary<T | undefined> {
  return fc.option(fc.constantFrom(...values), { freq: 2, nil: undefined });
}

const config: fc.Arbitrary<GuardsConfig> = fc.record({
  require_tag: fc.constantFrom(undefined, undefined, { key: 'stoppable' }, { key: 'stoppable', value: 'yes' }),
  opt_out: fc.constantFrom(undefined, undefined, 'off' as const),
  asg_member: fc.constantFrom(undefined, undefined, 'off' as const),
  spot: sometimes('off' as const, 'one-time' as const, 'all' as const),
  scratch_disk: sometimes('off' as const, 'refuse' as const),
  stale_alert: fc.constantFrom(undefined, undefined, 'off' as const),
  min_uptime: fc.constantFrom(undefined, undefined, 'off', '10m', '6h'),
  windows: fc.option(windows, { nil: undefined }),
  fleet_limit: fc.constantFrom(undefined, undefined, 'off' as const, { count: 2, per: '10m' }),
});

/** A pause that stands, of all machines or of some. */
const pause = fc.constantFrom(undefined, undefined, {}, { only: { stoppable: 'yes' } });

/** `live.only` of about half of the operators. */
const live = fc.constantFrom(undefined, { stoppable: 'yes' });

const fleet = fc.array(wish, { minLength: 20, maxLength: 40 });

test(`EC2 is asked for what the table allows, and for nothing else; plan and dry run say so before (${FLEETS} fleets)`, async () => {
  await fc.assert(
    fc.asyncProperty(fleet, config, fc.boolean(), live, pause, async (wishes, guards, byPerson, liveOnly, paused) => {
      await using operator = await startOperator({
        machines: wishes.map((one, index) => entryOf(one, index + 1)),
        config: `guards: ${JSON.stringify(guards)}\naws: { rate_limits: none }\nlive: ${JSON.stringify({ only: liveOnly })}`,
      });
      const isLive = ({ tags }: Wanted): boolean => byPerson || liveOnly === undefined || tags['stoppable'] === 'yes';
      const countStops = (outcomes: readonly (string | undefined)[]): number =>
        wishes.filter((one, index) => outcomes[index] === 'act' && one.verb === 'stop' && isLive(one)).length;
      const pauses = paused === undefined ? [] : [paused];
      const expected = wishes.map((one) => expect(one, guards, { byPerson, pauses }));
      for (const each of pauses) await create(operator, '/api/v1/pauses', { ...each, why: 'chance' });
      for (const [index, { isHeld, state }] of wishes.entries())
        if (isHeld && state !== 'terminated')
          await create(operator, '/api/v1/holds', { target: idOf(index + 1), for: '2h' });
      const planned = byPerson ? undefined : await plan(operator, wishes);
      const dry = await Promise.all(
        (await send(operator, wishes, byPerson, true)).map(async (id) => arrival(operator, id)),
      );
      assert.deepEqual(operator.changes(), [], 'neither plan nor dry run changes anything');
      const real = await Promise.all(
        (await send(operator, wishes, byPerson, false)).map(async (id) => arrival(operator, id)),
      );
      // Which stops find room is settled between them; how many do, is not.
      const stops = countStops(expected);
      const limit = guards.fleet_limit === 'off' || byPerson ? Infinity : (guards.fleet_limit?.count ?? 25);
      const isCrowded = stops > limit;
      for (const [index, one] of wishes.entries()) {
        const mayWait = isCrowded && one.verb === 'stop';
        const wanted = expected[index];
        const what = `${JSON.stringify(one)} ${real[index]?.message}`;
        if (!isLive(one)) {
          // No machine was found that could be live or not.
          const isDryRun = one.state === 'terminated' || real[index]?.dryRun === true;
          assert.ok(isDryRun && isLike(wanted, dryOutcomeOf(real[index]), mayWait), what);
          assert.equal(operator.changes(idOf(index + 1)).length, 0, what);
          continue;
        }
        assert.equal(real[index]?.dryRun, false, what);
        assert.ok(isLike(wanted, outcomeOf(real[index]), mayWait), `${wanted}, got ${outcomeOf(real[index])}: ${what}`);
        if (planned !== undefined)
          assert.ok(isLike(wanted, planned[index], mayWait), `planned ${planned[index]}: ${what}`);
        // A dry run counts for nothing: each is told what would become of it alone.
        assert.equal(dryOutcomeOf(dry[index]), wanted, `dry run: ${what}`);
        const calls = operator.changes(idOf(index + 1));
        assert.equal(calls.length, outcomeOf(real[index]) === 'act' ? 1 : 0, what);
        for (const { action } of calls) assert.equal(action, one.verb === 'stop' ? 'StopInstances' : 'StartInstances');
      }
      assert.equal(countStops(real.map(outcomeOf)), Math.min(stops, limit));
      if (planned !== undefined) assert.equal(countStops(planned), Math.min(stops, limit));
    }),
    { numRuns: FLEETS, endOnFailure: true },
  );
});

type Outcome = 'act' | 'wait' | 'refuse' | 'nothing';

async function create(operator: Operator, path: string, body: object): Promise<void> {
  const { status, text } = await operator.request(path, json(body));
  assert.equal(status, 201, text);
}

function expect(
  one: Wanted,
  guards: GuardsConfig,
  { byPerson, pauses }: { readonly byPerson: boolean; readonly pauses: Said['pauses'] },
): Outcome {
  const now = Date.now();
  const row: Row = {
    ...one,
    byPerson,
    now,
    beganAt: byPerson ? now : now - one.beganMinutes * MINUTE,
    launchedAt: now - one.launchedMinutes * MINUTE,
    isSpot: one.market === 'spot',
    isInstanceStore: one.root === 'instance-store',
    ownActs: [],
    fleetStops: [],
    firing: 'not asked',
    askedAt: now,
    lastCopyAt: 'not counted',
    said: { pauses, holds: one.isHeld ? [now + 120 * MINUTE] : [], knowsOfHolds: false },
  };
  const { refused, waits } = holds(row, guards);
  if (one.state === (one.verb === 'stop' ? 'stopped' : 'running')) return 'nothing';
  if (refused.length > 0) return 'refuse';
  return waits.length > 0 ? 'wait' : 'act';
}

function isLike(wanted: Outcome | undefined, got: string | undefined, mayWait: boolean): boolean {
  return got === wanted || (mayWait && wanted === 'act' && got === 'wait');
}

function entryOf(one: Wanted, number: number): MachineEntry {
  const { state, type, tags, root } = one;
  return machine(number, {
    state,
    type,
    tags,
    root,
    launched: `${one.launchedMinutes}m ago`,
    ...(one.market === 'spot' ? { spot: 'persistent' } : {}),
    ...(one.isManaged ? { operator: 'workspaces.amazonaws.com' } : {}),
  });
}

function alertsOf(wishes: readonly Wanted[], dryRun: boolean): readonly unknown[] {
  return wishes.map(({ verb, beganMinutes }, index) =>
    alert(
      { instance_id: idOf(index + 1), action: verb, dryrun: String(dryRun) },
      { startsAt: new Date(Date.now() - beganMinutes * MINUTE).toISOString() },
    ),
  );
}

async function plan(operator: Operator, wishes: readonly Wanted[]): Promise<readonly string[]> {
  const answer = await operator.request('/api/v1/plan', json(delivery(alertsOf(wishes, false))));
  assert.equal(answer.status, 200, answer.text);
  const words: Readonly<Record<string, Outcome>> = {
    would_start: 'act',
    would_stop: 'act',
    would_wait: 'wait',
    would_refuse: 'refuse',
    nothing: 'nothing',
  };
  return plansAnswerSchema.parse(JSON.parse(answer.text)).plans.map(({ outcome }) => words[outcome] ?? outcome);
}

async function send(
  operator: Operator,
  wishes: readonly Wanted[],
  byPerson: boolean,
  dryRun: boolean,
): Promise<readonly string[]> {
  if (!byPerson) {
    const receipts = await operator.post('/operateInstance', alertsOf(wishes, dryRun));
    return receipts.map(({ operation = '' }) => operation);
  }
  return Promise.all(
    wishes.map(async ({ verb }, index) => {
      const path = `/operateInstance?instance=${idOf(index + 1)}&action=${verb}&dryrun=${String(dryRun)}&wait=0s`;
      const { operation } = await operator.ask(path);
      return operation.id;
    }),
  );
}

/** The operation once it has ended, waits for more than a start of the same moment to find its machine, or EC2 has accepted the call. */
async function arrival(operator: Operator, id: string): Promise<OperationBody> {
  for (;;) {
    const operation = await operator.read(id, '50ms');
    const isOnItsWay = operation.state === 'queued' || operation.state === 'acting' || operation.reason === 'rival';
    if (!isOnItsWay) return operation;
  }
}

function outcomeOf(operation: OperationBody | undefined): string {
  switch (operation?.state) {
    case 'succeeded':
      return operation.reason === 'already_in_state' ? 'nothing' : 'act';
    case 'refused':
      return 'refuse';
    case 'waiting':
      return 'wait';
    case 'verifying':
      return 'act';
    default:
      return `${operation?.state}: ${operation?.reason}`;
  }
}

function dryOutcomeOf(operation: OperationBody | undefined): string {
  const { state, reason, message = '' } = operation ?? {};
  if (state === 'refused') return 'refuse';
  if (reason === 'already_in_state') return 'nothing';
  if (message.startsWith('would wait until')) return 'wait';
  return /^would (?:start|stop) /.test(message) ? 'act' : `${state}: ${message}`;
}

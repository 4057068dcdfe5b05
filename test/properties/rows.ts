/** Machines, moments and configurations by chance, dense around everything that a guard looks at. */
import fc from 'fast-check';
import { guardsSchema } from '../../src/config/guards.ts';
import type { Cause } from '../../src/domain/cause.ts';
import type { GuardSettings } from '../../src/domain/guard-settings.ts';
import { INSTANCE_STATES } from '../../src/domain/instance.ts';
import { VERBS } from '../../src/domain/intent.ts';
import { fleetKey, instanceKey } from '../../src/domain/limit.ts';
import type { Evidence, GuardContext } from '../../src/domain/verdict.ts';
import type { GuardsConfig, Row, WindowConfig } from '../support/guard-table.ts';
import { GUARD_SETTINGS, HOLD, instanceWith, intentWith, LEASE, PAUSE } from '../support/operation.ts';
import { channelWith, tellingOf } from '../support/telling.ts';
import { before, said, saidAt, warning, warningAt } from './said.ts';

const MINUTE = 60_000;

/** A few hundred cases in every test run; a hundred thousand with `PROPERTIES=long`. */
export const RUNS = process.env['PROPERTIES'] === 'long' ? 100_000 : 300;

/** Any time of two years, often close to where summer time begins or ends. */
export const moment = fc.oneof(
  fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2028, 0, 1) }),
  fc
    .tuple(
      fc.constantFrom(Date.UTC(2026, 2, 29, 1), Date.UTC(2026, 9, 25, 1), Date.UTC(2026, 10, 1, 6)),
      fc.oneof(fc.integer({ min: -36 * 60, max: 36 * 60 }), fc.integer({ min: -180, max: 180 })),
    )
    .map(([change, minutes]) => change + minutes * MINUTE),
);

const time = fc
  .tuple(fc.oneof(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 1, max: 3 })), fc.constantFrom('00', '30', '45'))
  .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${minute}`);
const range = fc.tuple(time, fc.oneof(time, fc.constant('24:00'))).map((ends) => ends.join('-'));
const days = fc.subarray(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], { minLength: 1 });

export const windowConfig: fc.Arbitrary<WindowConfig> = fc
  .tuple(
    fc.constantFrom('allow', 'forbid'),
    range,
    fc.record(
      {
        verbs: fc.subarray([...VERBS], { minLength: 1 }),
        days,
        zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Kiritimati'),
        only: fc.constant({ team: 'ml' }),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([kind, times, more]) => ({ [kind]: times, ...more }));

const limit = fc.record({ count: fc.integer({ min: 1, max: 4 }), per: fc.constantFrom('30s', '10m', '6h') });

export const guardsConfig: fc.Arbitrary<GuardsConfig> = fc
  .record(
    {
      require_tag: fc.constantFrom('off' as const, { key: 'stoppable' }, { key: 'stoppable', value: 'yes' }),
      opt_out: fc.constant('off' as const),
      asg_member: fc.constant('off' as const),
      spot: fc.constantFrom('off' as const, 'one-time' as const, 'all' as const),
      scratch_disk: fc.constantFrom('off' as const, 'allow' as const, 'refuse' as const),
      stale_alert: fc.constant('off' as const),
      flapping: fc.oneof(fc.constant('off' as const), limit),
      min_uptime: fc.constantFrom('off', '30s', '10m', '6h'),
      windows: fc.oneof(fc.constant('off' as const), fc.array(windowConfig, { maxLength: 3 })),
      still_firing: fc.constant('off' as const),
      recent_alert: fc.constant('off' as const),
      fleet_limit: fc.oneof(fc.constant('off' as const), limit),
    },
    { requiredKeys: [] },
  )
  // Windows that never open are refused.
  .filter((config) => guardsSchema.safeParse(config).success);

const tags: fc.Arbitrary<Readonly<Record<string, string>>> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        team: fc.constantFrom('ml', 'web'),
        stoppable: fc.constantFrom('yes', 'no', ''),
        'ec2-operator': fc.constantFrom(
          'off',
          'OFF ',
          'stop-only',
          'start-only',
          'on',
          'allowed',
          '',
          'nope',
          '__proto__',
        ),
        'ec2-operator:min-uptime': fc.constantFrom('1m', '12h', 'nonsense'),
        'ec2-operator:warn': fc.constantFrom('0s', '90s', '12h', '72h', 'soon'),
        'ec2-operator:hold-until': fc.constantFrom(
          '2025-12-31',
          '2026-03-29',
          '2027-01-01',
          '2029-12-24',
          '2026-10-25T02:30',
          '2027-06-01T12:00:00Z',
          '2026-02-31',
          'tomorrow',
          '',
        ),
      },
      { requiredKeys: [] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.dictionary(
      fc.constantFrom(
        'aws:autoscaling:groupName',
        'eks:cluster-name',
        'kubernetes.io/cluster/a',
        'karpenter.sh/x',
        'karpenter',
        '__proto__',
        'Name',
      ),
      fc.string({ maxLength: 5 }),
      { maxKeys: 2, noNullPrototype: true },
    ),
  },
);

const ages = fc.array(before, { maxLength: 6 });

export const row: fc.Arbitrary<Row> = fc
  .record({
    now: moment,
    verb: fc.constantFrom(...VERBS),
    by: fc.constantFrom('person', 'person', 'alert', 'alert', 'this lease', 'an earlier lease'),
    said: fc.option(said, { nil: undefined, freq: 3 }),
    warning: fc.option(warning, { nil: undefined, freq: 2 }),
    began: before,
    launched: before,
    only: fc.option(fc.constantFrom<NonNullable<Row['only']>>({ team: 'ml' }, [{ team: 'ml' }, { stoppable: 'yes' }]), {
      nil: undefined,
      freq: 4,
    }),
    state: fc.oneof({ weight: 3, arbitrary: fc.constant('running') }, fc.constantFrom<string>(...INSTANCE_STATES)),
    type: fc.constantFrom('g5.xlarge', 'i3.large', 'm5d.large', 'm5.large', 'g5g.xlarge'),
    tags,
    isSpot: seldom(),
    isInstanceStore: seldom(),
    isManaged: seldom(),
    own: ages,
    fleet: ages,
    firing: fc.constantFrom('yes', 'no', 'unknown', 'not asked'),
    asked: before,
    lastCopy: fc.oneof(before, fc.constantFrom('none' as const, 'not counted' as const)),
  })
  .map(({ now, by, began, launched, own, fleet, only, asked, lastCopy, ...rest }) => ({
    ...rest,
    byPerson: by === 'person',
    ...(rest.verb === 'start' ? {} : byLeaseOf(by)),
    said: rest.said && saidAt(now, rest.said),
    warning: rest.warning && warningAt(now, rest.warning),
    ...(only === undefined ? {} : { only }),
    now,
    beganAt: now - began,
    launchedAt: now - launched,
    askedAt: now - asked,
    lastCopyAt: typeof lastCopy === 'number' ? now - lastCopy : lastCopy,
    ownActs: own.map((age) => now - age).sort((one, other) => one - other),
    fleetStops: fleet.map((age) => now - age).sort((one, other) => one - other),
  }));

/** Only stops come from a lease. */
function byLeaseOf(by: string): Pick<Row, 'byLease'> {
  if (by === 'this lease') return { byLease: 'this one' };
  return by === 'an earlier lease' ? { byLease: 'an earlier one' } : {};
}

function seldom(): fc.Arbitrary<boolean> {
  return fc.oneof({ weight: 8, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
}

/** The row and the configuration as the guards are asked. */
export function contextOf(given: Row, config: GuardsConfig): GuardContext {
  const { verb, only, now } = given;
  const instance = instanceWith({
    state: INSTANCE_STATES.find((state) => state === given.state) ?? 'unknown',
    launchedAt: given.launchedAt,
    type: given.type,
    tags: given.tags,
    rootDevice: given.isInstanceStore ? 'instance-store' : 'ebs',
    ...(given.isSpot ? { lifecycle: 'spot' } : {}),
    ...(given.isManaged ? { managedBy: 'workspaces.amazonaws.com' } : {}),
  });
  const acts = new Map([
    [instanceKey(instance.id, verb), given.ownActs],
    [fleetKey(undefined), given.fleetStops],
  ]);
  return {
    intent: intentWith({
      verb,
      cause: causeOf(given),
      ...(only === undefined ? {} : { only }),
      ...(given.said?.knowsOfHolds === true ? { overrideHold: true } : {}),
    }),
    instance,
    now,
    settings: { ...GUARD_SETTINGS, ...guardsSchema.parse(config), ...warnOf(given) },
    ...(given.warning?.had === undefined ? {} : { warned: given.warning.had }),
    evidence: { acts, ...firingOf(given.firing), ...copiesOf(given), ...voiceOf(given), ...toldOf(given) },
  };
}

function causeOf({ byPerson, byLease, beganAt }: Row): Cause {
  if (byPerson) return { by: 'person', name: 'anna', beganAt };
  if (byLease === undefined) return { by: 'alert', fingerprint: 'f1', alertname: 'UnusedGPU', beganAt };
  return { by: 'lease', lease: byLease === 'this one' ? LEASE.id : 'lease-0', name: 'pia', beganAt };
}

function warnOf({ warning: given }: Row): Partial<GuardSettings> {
  if (given === undefined) return {};
  const { isAlways: always, beforeMs, channel } = given;
  const { ifUndelivered = 'wait' } = channel ?? {};
  return {
    warn: { ...GUARD_SETTINGS.warn, always, beforeMs, ifUndelivered },
    ...(channel === undefined ? {} : { telling: tellingOf(channelWith({ name: 'ml' })) }),
  };
}

function toldOf({ warning: given }: Row): Pick<Evidence, 'told'> {
  const { had, channel } = given ?? {};
  if (had === undefined || channel === undefined) return {};
  const notice = { channel: 'ml', warnedAt: had.at };
  if (channel.told === 'unwritten') return { told: [] };
  if (channel.told === 'not yet') return { told: [{ ...notice, state: 'pending' }] };
  return { told: [{ ...notice, state: 'sent', sentAt: channel.told }] };
}

function voiceOf({ said: given }: Row): Pick<Evidence, 'voice'> {
  if (given === undefined) return {};
  const { pauses, lease } = given;
  return {
    voice: {
      pauses: pauses.map((one) => ({ ...PAUSE, ...one })),
      holds: given.holds.map((until, index) => ({ ...HOLD, holder: `holder-${index}`, until })),
      ...(lease === undefined ? {} : { lease: { ...LEASE, ...lease } }),
    },
  };
}

function copiesOf({ askedAt, lastCopyAt }: Row): Pick<Evidence, 'copies'> {
  if (lastCopyAt === 'not counted') return {};
  return { copies: { askedAt, ...(lastCopyAt === 'none' ? {} : { lastAt: lastCopyAt }) } };
}

function firingOf(firing: Row['firing']): Pick<Evidence, 'firing'> {
  switch (firing) {
    case 'not asked':
      return {};
    case 'yes':
      return { firing: { firing } };
    case 'no':
    case 'unknown':
      return { firing: { firing, message: 'as Alertmanager says' } };
  }
}

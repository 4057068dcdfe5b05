/** What is measured: the ways alerts come in, over the stores, the clients and the endpoints. */

/** One way in which alerts come in. */
interface Traffic {
  readonly label: string;
  /** How many POSTs are under way at once; the next one goes out when a reply has come. */
  readonly concurrency: number;
  /** The next one goes out only when EC2 has been told too. With concurrency 1. */
  readonly lone?: boolean;
  /** Alerts in one POST. */
  readonly group: number;
  /** Alerts in all. */
  readonly alerts: number;
  /** How long people are warned of each stop, in milliseconds. What is measured begins at the end of the warning. */
  readonly warnsMs?: number;
  /** Whether a channel tells of the warnings and of the stops. */
  readonly told?: boolean;
  /** How many other machines are held, and how many are leased. With SQLite. */
  readonly kept?: number;
}

export interface Scenario extends Traffic {
  readonly name: string;
  readonly store: 'sqlite' | 'postgres';
  readonly client: 'native' | 'cli';
  /** What the endpoint waits before it answers a call. */
  readonly delayMs: number;
  /** Sent before anything is counted: code gets compiled, connections opened, the AWS SDK loaded. */
  readonly warmUp: number;
  /** The concurrency of the bare calls beside it. For groups, the most that a port could make of them. */
  readonly bareConcurrency: number;
}

/** What a single alert meets on a quiet day. */
const LONE: Traffic = { label: 'lone alerts', concurrency: 1, lone: true, group: 1, alerts: 200 };
const SINGLE_1: Traffic = { label: 'singles, concurrency 1', concurrency: 1, group: 1, alerts: 200 };
const SINGLE_8: Traffic = { label: 'singles, concurrency 8', concurrency: 8, group: 1, alerts: 500 };
const SINGLE_64: Traffic = { label: 'singles, concurrency 64', concurrency: 64, group: 1, alerts: 1_000 };
/** Holds and leases of other machines must not slow an alert. */
const KEPT: Traffic = { ...SINGLE_64, label: 'singles, concurrency 64, 10000 holds and leases', kept: 10_000 };
const GROUPS: readonly Traffic[] = [
  { label: 'groups of 10', concurrency: 1, group: 10, alerts: 500 },
  { label: 'groups of 100', concurrency: 1, group: 100, alerts: 1_000 },
  { label: 'a group of 1000', concurrency: 1, group: 1_000, alerts: 1_000 },
];

/** Long enough for all of them to be warned of before the first warning ends. */
const WARNED: Traffic = {
  label: 'a group of 1000, warned',
  concurrency: 1,
  group: 1_000,
  alerts: 1_000,
  warnsMs: 8_000,
};

/** 1,000 machines fall idle at once. The channel has time to take all warnings before the first one ends. */
const TOLD: Traffic = { ...WARNED, label: 'a group of 1000, warned and told', told: true, warnsMs: 25_000 };

const SLOW_MS = 50;

/** By name, so that targets and results find each other. */
export const NAMES = {
  singles64: nameOf('sqlite', 'native', 0, SINGLE_64),
  lone: nameOf('sqlite', 'native', 0, LONE),
  singles1: nameOf('sqlite', 'native', 0, SINGLE_1),
  slow64: nameOf('sqlite', 'native', SLOW_MS, SINGLE_64),
  slow8: nameOf('sqlite', 'native', SLOW_MS, SINGLE_8),
  group1000: nameOf('sqlite', 'native', 0, { label: 'a group of 1000' }),
  kept64: nameOf('sqlite', 'native', 0, KEPT),
  warned1000: nameOf('sqlite', 'native', 0, WARNED),
  told1000: nameOf('sqlite', 'native', 0, TOLD),
  cli: nameOf('sqlite', 'cli', 0, SINGLE_64),
} as const;

/** Every combination that says something. A process start dwarfs 50 ms, so `cli` meets the slow endpoint once. */
export function fullScenarios(): readonly Scenario[] {
  return (['sqlite', 'postgres'] as const).flatMap((store) => [
    ...[LONE, SINGLE_1, SINGLE_64, ...GROUPS, WARNED, TOLD].map((traffic) => native(store, 0, traffic)),
    ...(store === 'sqlite' ? [native(store, 0, KEPT)] : []),
    ...[SINGLE_1, SINGLE_8, SINGLE_64, ...GROUPS].map((traffic) => native(store, SLOW_MS, traffic)),
    ...[SINGLE_1, SINGLE_64, ...GROUPS].map((traffic) => cli(store, 0, traffic)),
    cli(store, SLOW_MS, SINGLE_64),
  ]);
}

/** One of each, and everything that has a target. */
export function quickScenarios(): readonly Scenario[] {
  const quick = new Set<string>([...Object.values(NAMES), nameOf('postgres', 'native', 0, SINGLE_64)]);
  return fullScenarios().filter(({ name }) => quick.has(name));
}

/** A few machines are warned of at once. */
const TRIAL_WARNS_MS = 3_000;

/** The same with at most so many alerts in each. With fewer than there should be it is only a trial, which needs no warm-up. */
export function withAtMost(alerts: number, full: Scenario): Scenario {
  const most = Math.min(alerts, full.alerts);
  return {
    ...full,
    alerts: most,
    group: Math.min(most, full.group),
    warmUp: most < full.alerts ? 0 : full.warmUp,
    ...(full.warnsMs === undefined || most === full.alerts ? {} : { warnsMs: TRIAL_WARNS_MS }),
  };
}

function native(store: Scenario['store'], delayMs: number, traffic: Traffic): Scenario {
  return scenario(store, 'native', delayMs, traffic, 200);
}

/** There is nothing to warm up in a process that starts anew for every call. */
function cli(store: Scenario['store'], delayMs: number, traffic: Traffic): Scenario {
  return scenario(
    store,
    'cli',
    delayMs,
    { ...traffic, alerts: Math.max(traffic.group, Math.min(200, traffic.alerts)) },
    0,
  );
}

function scenario(
  store: Scenario['store'],
  client: Scenario['client'],
  delayMs: number,
  traffic: Traffic,
  warmUp: number,
): Scenario {
  const bareConcurrency = traffic.group > 1 ? SINGLE_64.concurrency : traffic.concurrency;
  return { ...traffic, name: nameOf(store, client, delayMs, traffic), store, client, delayMs, warmUp, bareConcurrency };
}

function nameOf(store: string, client: string, delayMs: number, { label }: Pick<Traffic, 'label'>): string {
  return `${store} ${client} ${delayMs}ms ${label}`;
}

/** Asks the server's own guards at the moments of a replay: there is no second language for policies. */
import { judge, type GuardName } from './guard.ts';
import type { GuardSettings } from './guard-settings.ts';
import type { Instance } from './instance.ts';
import type { Intent } from './intent.ts';
import { ledgerEntries, placesOf } from './limit.ts';
import { gapsOf, type Gap, type PastUse } from './past-use.ts';
import type { GuardContext } from './verdict.ts';
import type { Warned } from './warned.ts';
import { hasPlaces } from './warning.ts';

export interface ReplayGuards {
  readonly settings: GuardSettings;
}

/** History answers these guards for every machine. */
const OF_TIME = ['flapping', 'min_uptime', 'windows', 'fleet_limit', 'warned'] as const satisfies readonly GuardName[];
/** History answers these guards where it has the tags, and the type. */
const OF_TAGS = ['require_tag', 'opt_out', 'asg_member'] as const satisfies readonly GuardName[];
const OF_TYPE = ['scratch_disk'] as const satisfies readonly GuardName[];

/** The guards that a replay of this machine asks. */
export function askableGuards({ tags, type }: Pick<PastUse, 'tags' | 'type'>): readonly GuardName[] {
  return [...(tags === undefined ? [] : OF_TAGS), ...(type === undefined ? [] : OF_TYPE), ...OF_TIME];
}

/** What the settings ask, and no history of these machines answers. */
export function unaskedSettings({ settings }: ReplayGuards, past: readonly PastUse[]): readonly string[] {
  const { requireTag, windows, fleetLimits, telling, off } = settings;
  const isOn = (name: GuardName): boolean => !off.has(name);
  const [anyTags, anyTypes] = [
    past.some(({ tags }) => tags === undefined),
    past.some(({ type }) => type === undefined),
  ];
  return [
    ...(anyTags
      ? [
          ...(requireTag !== undefined && isOn('require_tag') ? ['guards.require_tag'] : []),
          ...(isOn('opt_out') ? ['the tags of owners (opt-out, min-uptime, warn)'] : []),
          ...(isOn('asg_member') ? ['tags of Auto Scaling groups and other managers'] : []),
          ...(isOn('windows') && windows.some(({ only }) => only !== undefined) ? ['windows with only'] : []),
          ...(isOn('fleet_limit') && fleetLimits.some(({ only }) => only !== undefined) ? ['limits with only'] : []),
          ...(telling.channels.some(({ only, toOwner }) => only !== undefined || toOwner)
            ? ['warnings by channels with only, or to owners']
            : []),
        ]
      : []),
    ...(anyTypes && isOn('scratch_disk') && settings.scratchDisk === 'refuse' ? ['guards.scratch_disk'] : []),
    'holds, leases and pauses of people',
    'what EC2 says of a machine: Spot, reserved capacity, root device, managing service',
  ];
}

/** Alertmanager sends an alert that goes on again after its default `repeat_interval`; what was refused is asked once more then. */
const ASKED_AGAIN_MS = 4 * 3_600_000;

/** Told of each gap once: when its stop comes, or Infinity; and which guard had the last word where none came. */
type Tell = (gap: Gap, stopAt: number, heldBy?: GuardName) => void;

/** A machine at the next moment at which something happens to it. */
interface Turn {
  at: number;
  readonly order: number;
  readonly gaps: Generator<Gap>;
  readonly past: PastUse;
  readonly names: readonly GuardName[];
  readonly quietMs: number;
  readonly tell: Tell;
  gap: Gap;
  beganAt: number;
  launchedAt: number;
  warned?: Warned | undefined;
  heldBy?: GuardName | undefined;
}

export interface Asking {
  readonly enter: (past: PastUse, quietMs: number, tell: Tell) => void;
  /** @returns false when all is over */
  readonly next: () => boolean;
}

export function createAsking(alertname: string, { settings }: ReplayGuards): Asking {
  const turns: Turn[] = [];
  const acts = new Map<string, number[]>();
  const longest = Math.max(settings.flapping.perMs, ...settings.fleetLimits.map(({ perMs }) => perMs));
  let entered = 0;

  /** To the next gap that is long enough for a question. */
  function advance(turn: Turn): void {
    for (let step = turn.gaps.next(); step.done !== true; step = turn.gaps.next()) {
      const { from, until } = step.value;
      if (from + turn.quietMs < until) {
        const at = from + turn.quietMs;
        push(turns, Object.assign(turn, { gap: step.value, beganAt: at, at, warned: undefined, heldBy: undefined }));
        return;
      }
      turn.tell(step.value, Infinity);
    }
  }

  function note(key: string, at: number, now: number): void {
    const times = (acts.get(key) ?? []).filter((one) => one > now - longest);
    acts.set(key, [...times, at]);
  }

  /** The place of a stop that does not come is free again. */
  function giveBack(context: GuardContext): void {
    const { warned, intent, instance } = context;
    if (warned === undefined) return;
    for (const { key } of placesOf(intent, instance, settings)) {
      const times = acts.get(key) ?? [];
      const index = times.indexOf(warned.stopsAt);
      if (index >= 0) acts.set(key, times.toSpliced(index, 1));
    }
  }

  function ask(turn: Turn): void {
    const { gap, at } = turn;
    const context = contextOf(turn, alertname, settings, acts);
    if (at >= gap.until) {
      giveBack(context);
      turn.tell(gap, Infinity, turn.heldBy);
      return advance(turn);
    }
    const { verdict, guard } = judge(context, turn.names);
    switch (verdict.verdict) {
      case 'allow': {
        const has = hasPlaces(context);
        for (const { key, limit } of ledgerEntries(context.intent, context.instance, settings))
          if (!has || limit === undefined) note(key, at, at);
        turn.launchedAt = gap.until;
        turn.tell(gap, at);
        return advance(turn);
      }
      case 'wait': {
        const { warned } = verdict;
        if (warned === 'over') giveBack(context);
        else if (warned !== undefined && turn.warned?.at !== warned.at)
          for (const { key } of placesOf(context.intent, context.instance, settings)) note(key, warned.stopsAt, at);
        turn.warned = warned === 'over' ? undefined : (warned ?? turn.warned);
        return putOff(turn, verdict.until, guard);
      }
      case 'refuse':
        giveBack(context);
        turn.warned = undefined;
        return putOff(turn, at + ASKED_AGAIN_MS, guard);
    }
  }

  function putOff(turn: Turn, until: number, guard: GuardName | undefined): void {
    turn.heldBy = guard;
    turn.at = Math.min(Math.max(until, turn.at + 1), turn.gap.until);
    push(turns, turn);
  }

  return {
    enter: (past, quietMs, tell) => {
      // A machine that was launched before the span began may have run for long.
      const launchedAt = past.launches === undefined ? past.span.from : -Infinity;
      const gap: Gap = { ...past.span, end: 'over' };
      const order = entered++;
      const names = askableGuards(past);
      advance({ at: 0, order, gaps: gapsOf(past), past, names, quietMs, tell, gap, beganAt: 0, launchedAt });
    },
    next: () => {
      const turn = pop(turns);
      if (turn === undefined) return false;
      ask(turn);
      return true;
    },
  };
}

function contextOf(
  { at, past, beganAt, launchedAt, warned }: Turn,
  alertname: string,
  settings: GuardSettings,
  acts: ReadonlyMap<string, readonly number[]>,
): GuardContext {
  const { machine: id, type = '', tags = {}, launches = [] } = past;
  const launched = launches.findLast((one) => one <= at) ?? -Infinity;
  const instance: Instance = {
    id,
    place: {},
    state: 'running',
    launchedAt: Math.max(launchedAt, launched),
    type,
    availabilityZone: '',
    tags,
    addresses: { secondary: [], public: [], ipv6: [], secondaryIpv6: [] },
    rootDevice: 'ebs',
  };
  const intent: Intent = {
    verb: 'stop',
    target: { kind: 'instance', id, text: id },
    client: 'native',
    dryRun: false,
    cause: { by: 'alert', fingerprint: id, alertname, beganAt },
  };
  return { intent, instance, now: at, settings, ...(warned === undefined ? {} : { warned }), evidence: { acts } };
}

/** A binary heap: the earliest turn first, and of equal ones the machine that entered first. */
function push(turns: Turn[], turn: Turn): void {
  let at = turns.length;
  turns.push(turn);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = turns[above];
    if (parent === undefined || isBefore(parent, turn)) break;
    turns[at] = parent;
    at = above;
  }
  turns[at] = turn;
}

function pop(turns: Turn[]): Turn | undefined {
  const first = turns[0];
  const last = turns.pop();
  if (first === undefined || last === undefined || first === last) return first;
  let at = 0;
  for (;;) {
    const [left, right] = [turns[2 * at + 1], turns[2 * at + 2]];
    if (left === undefined) break;
    const isRight = right !== undefined && isBefore(right, left);
    const child = isRight ? right : left;
    if (isBefore(last, child)) break;
    turns[at] = child;
    at = 2 * at + (isRight ? 2 : 1);
  }
  turns[at] = last;
  return first;
}

function isBefore(one: Turn, other: Turn): boolean {
  return one.at === other.at ? one.order < other.order : one.at < other.at;
}

/**
 * The one place where a start or stop of a known instance can be held back. To add a guard, write a small pure function in
 * `guards/`, put it in the list below, and its reasons in `guard-reasons.ts`.
 */
import { traitsOf, type Cause } from './cause.ts';
import * as machine from './guards/machine.ts';
import * as moment from './guards/moment.ts';
import * as resolved from './guards/resolved.ts';
import * as voice from './guards/voice.ts';
import { warned } from './guards/warned.ts';
import { HOLDS } from './operation.ts';
import { warningChannels } from './telling.ts';
import type { Guard, GuardContext, Verdict, VERDICTS, Wait } from './verdict.ts';
import type { Warned } from './warned.ts';
import { foreseenWarning } from './warning.ts';

interface Listed {
  readonly ask: Guard;
  /**
   * `always` cannot be turned off: EC2 enforces the same, people rely on it, or other guards do. All others can be turned off by name.
   * A person's request overrides `unless_person` and `unless_agreed`, a lease `unless_agreed`: its stop was agreed on.
   */
  readonly holds: 'always' | 'unless_off' | 'unless_person' | 'unless_agreed';
}

/** In this order: what can never be right, what owners forbid, what is not right at the moment. */
export const GUARDS = {
  not_gone: { ask: machine.notGone, holds: 'always' },
  token_selector: { ask: machine.tokenSelector, holds: 'always' },
  require_tag: { ask: machine.requireTag, holds: 'unless_off' },
  opt_out: { ask: machine.optOut, holds: 'unless_off' },
  managed: { ask: machine.managed, holds: 'always' },
  asg_member: { ask: machine.asgMember, holds: 'unless_off' },
  own_machine: { ask: machine.ownMachine, holds: 'unless_person' },
  root_device: { ask: machine.rootDevice, holds: 'always' },
  spot: { ask: machine.spot, holds: 'unless_off' },
  scratch_disk: { ask: machine.scratchDisk, holds: 'unless_off' },
  committed: { ask: machine.committed, holds: 'unless_agreed' },
  stale_alert: { ask: moment.staleAlert, holds: 'unless_off' },
  paused: { ask: voice.paused, holds: 'always' },
  held: { ask: voice.held, holds: 'always' },
  leased: { ask: voice.leased, holds: 'always' },
  flapping: { ask: moment.flapping, holds: 'unless_agreed' },
  settled: { ask: machine.settled, holds: 'always' },
  min_uptime: { ask: moment.minUptime, holds: 'unless_agreed' },
  windows: { ask: moment.windows, holds: 'unless_person' },
  unconfirmed: { ask: moment.unconfirmed, holds: 'always' },
  still_firing: { ask: moment.stillFiring, holds: 'unless_off' },
  recent_alert: { ask: moment.recentAlert, holds: 'unless_off' },
  on_resolved: { ask: resolved.onResolved, holds: 'always' },
  fleet_limit: { ask: moment.fleetLimit, holds: 'unless_person' },
  warned: { ask: warned, holds: 'always' },
} as const satisfies Readonly<Record<string, Listed>>;

export type GuardName = keyof typeof GUARDS;

/** The guards that the configuration can turn off. */
export type OptionalGuard = {
  readonly [Name in GuardName]: (typeof GUARDS)[Name]['holds'] extends 'always' ? never : Name;
}[GuardName];

export const GUARD_NAMES: readonly GuardName[] = Object.keys(GUARDS).filter(isGuardName);
/** The guards that are asked before there is evidence. A warning begins only once all others allow the stop. */
export const EARLY_GUARDS: readonly GuardName[] = GUARD_NAMES.filter((name) => name !== 'warned');
export const OPTIONAL_GUARDS: readonly OptionalGuard[] = GUARD_NAMES.filter(isOptional);

/** A guard's verdict; `overridden` where a person's request overrides it. */
export interface Judged {
  readonly guard: GuardName;
  readonly verdict: (typeof VERDICTS)[number];
  readonly message?: string;
}

export interface Judgement {
  readonly verdict: Verdict;
  /** The guard that decided; absent when all of them allow. */
  readonly guard?: GuardName;
  /** Of every guard that was asked, in order; of a warning only where it is given. */
  readonly verdicts: readonly Judged[];
  /** When people will be warned, and when the stop follows if nothing comes between; absent where that is not known. */
  readonly warning?: Foreseen;
}

export interface Foreseen extends Pick<Warned, 'at' | 'stopsAt'> {
  /** The names of the channels that tell them; none where the API, the log and the metrics do. */
  readonly channels: readonly string[];
}

/** Asks every guard. The first that refuses decides; when none does, the first that waits. */
export function judge(context: GuardContext, names: readonly GuardName[] = GUARD_NAMES): Judgement {
  const asked = names
    .filter((name) => !context.settings.off.has(name))
    .map((guard) => {
      const { ask, holds } = GUARDS[guard];
      const verdict = ask(context);
      return { guard, verdict, isOverridden: verdict.verdict !== 'allow' && isOverridden(holds, context.intent.cause) };
    });
  const verdicts = asked.map(({ guard, verdict, isOverridden: passes }): Judged => ({
    guard,
    verdict: passes ? 'overridden' : verdict.verdict,
    ...(verdict.message === undefined ? {} : { message: verdict.message }),
  }));
  const holding = asked.filter((one) => !one.isOverridden);
  const decides =
    holding.find(({ verdict }) => verdict.verdict === 'refuse') ??
    holding.find(({ guard, verdict }) => verdict.verdict === 'wait' && guard !== 'warned') ??
    holding.find(({ verdict }) => verdict.verdict === 'wait');
  if (decides === undefined) return { verdict: { verdict: 'allow' }, verdicts };
  const { verdict, guard } = decides;
  const waits = holding.map((one) => one.verdict).filter((one) => one.verdict === 'wait');
  const warning = verdict.verdict === 'wait' ? warningAhead(context, verdict, waits) : undefined;
  // Beside another guard's no, the time of a warning that is not given would be read as the time of the stop.
  const told =
    guard === 'warned' ? verdicts : verdicts.filter((one) => one.guard !== 'warned' || one.verdict !== 'wait');
  if (warning === undefined) return { verdict, guard, verdicts: told };
  const { at, stopsAt } = warning;
  const channels = warningChannels(context.instance, context.intent.cause, context.settings.telling);
  return { verdict, guard, verdicts: told, warning: { at, stopsAt, channels } };
}

/** Waits with known ends are followed by a warning once the last of them is over, and a warning is followed by the stop. */
function warningAhead(context: GuardContext, { warned: told }: Wait, waits: readonly Wait[]): Warned | undefined {
  if (told !== undefined && told !== 'over') return told;
  const others = waits.filter(({ reason }) => reason !== 'warned');
  if (!others.every(({ reason, isEndless }) => HOLDS.has(reason) && isEndless !== true)) return undefined;
  return foreseenWarning(context, Math.max(...others.map(({ until }) => until)));
}

function isOverridden(holds: Listed['holds'], cause: Cause): boolean {
  const { overrides } = traitsOf(cause);
  return holds === overrides || (holds === 'unless_agreed' && overrides === 'unless_person');
}

function isGuardName(name: string): name is GuardName {
  return Object.hasOwn(GUARDS, name);
}

function isOptional(name: GuardName): name is OptionalGuard {
  return GUARDS[name].holds !== 'always';
}

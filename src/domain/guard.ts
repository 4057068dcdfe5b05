/**
 * The one place where a start or stop of a known instance can be held back. To add a guard, write a small pure function in
 * `guards/`, put it in the list below, and its reasons in `guard-reasons.ts`.
 */
import { traitsOf } from './cause.ts';
import * as machine from './guards/machine.ts';
import * as moment from './guards/moment.ts';
import * as resolved from './guards/resolved.ts';
import type { Guard, GuardContext, Verdict, VERDICTS } from './verdict.ts';

interface Listed {
  readonly ask: Guard;
  /**
   * `always` cannot be turned off: EC2 enforces the same, or the other guards rely on it. `unless_off` can be turned off by name;
   * so can `unless_person`, which a person's request overrides.
   */
  readonly holds: 'always' | 'unless_off' | 'unless_person';
}

/** In this order: what can never be right, what owners forbid, what is not right at the moment. */
export const GUARDS = {
  not_gone: { ask: machine.notGone, holds: 'always' },
  token_selector: { ask: machine.tokenSelector, holds: 'always' },
  require_tag: { ask: machine.requireTag, holds: 'unless_off' },
  opt_out: { ask: machine.optOut, holds: 'unless_off' },
  managed: { ask: machine.managed, holds: 'always' },
  asg_member: { ask: machine.asgMember, holds: 'unless_off' },
  root_device: { ask: machine.rootDevice, holds: 'always' },
  spot: { ask: machine.spot, holds: 'unless_off' },
  scratch_disk: { ask: machine.scratchDisk, holds: 'unless_off' },
  stale_alert: { ask: moment.staleAlert, holds: 'unless_off' },
  flapping: { ask: moment.flapping, holds: 'unless_person' },
  settled: { ask: machine.settled, holds: 'always' },
  min_uptime: { ask: moment.minUptime, holds: 'unless_person' },
  windows: { ask: moment.windows, holds: 'unless_person' },
  unconfirmed: { ask: moment.unconfirmed, holds: 'always' },
  still_firing: { ask: moment.stillFiring, holds: 'unless_off' },
  recent_alert: { ask: moment.recentAlert, holds: 'unless_off' },
  on_resolved: { ask: resolved.onResolved, holds: 'always' },
  fleet_limit: { ask: moment.fleetLimit, holds: 'unless_person' },
} as const satisfies Readonly<Record<string, Listed>>;

export type GuardName = keyof typeof GUARDS;

/** The guards that the configuration can turn off. */
export type OptionalGuard = {
  readonly [Name in GuardName]: (typeof GUARDS)[Name]['holds'] extends 'always' ? never : Name;
}[GuardName];

export const GUARD_NAMES: readonly GuardName[] = Object.keys(GUARDS).filter(isGuardName);
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
  /** Of every guard that was asked, in order. */
  readonly verdicts: readonly Judged[];
}

/** Asks every guard. The first that refuses decides; when none does, the first that waits. */
export function judge(context: GuardContext, names: readonly GuardName[] = GUARD_NAMES): Judgement {
  const asked = names
    .filter((name) => !context.settings.off.has(name))
    .map((guard) => {
      const { ask, holds } = GUARDS[guard];
      const verdict = ask(context);
      const isOverridden =
        verdict.verdict !== 'allow' && holds === 'unless_person' && traitsOf(context.intent.cause).overridesGuards;
      return { guard, verdict, isOverridden };
    });
  const verdicts = asked.map(({ guard, verdict, isOverridden }): Judged => ({
    guard,
    verdict: isOverridden ? 'overridden' : verdict.verdict,
    ...(verdict.message === undefined ? {} : { message: verdict.message }),
  }));
  const holding = asked.filter(({ isOverridden }) => !isOverridden);
  const decides =
    holding.find(({ verdict }) => verdict.verdict === 'refuse') ??
    holding.find(({ verdict }) => verdict.verdict === 'wait');
  if (decides === undefined) return { verdict: { verdict: 'allow' }, verdicts };
  return { verdict: decides.verdict, guard: decides.guard, verdicts };
}

function isGuardName(name: string): name is GuardName {
  return Object.hasOwn(GUARDS, name);
}

function isOptional(name: GuardName): name is OptionalGuard {
  return GUARDS[name].holds !== 'always';
}

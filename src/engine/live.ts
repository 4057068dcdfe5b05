/** Decides, once the machine is known, whether an operation acts on it or is a dry run (`live.only`). */
import { nameCause } from '../domain/cause.ts';
import type { Intent } from '../domain/intent.ts';
import { isLive, tellNotLive, withLive } from '../domain/live.ts';
import { describeInstance, type Instance } from '../domain/instance.ts';
import { mayHaveBeenSent } from '../domain/operation.ts';
import { ON_THE_WAY } from '../domain/progress.ts';
import type { EngineSettings } from './settings.ts';
import { whatBecameOfIt } from './outcome.ts';
import type { Approaching, Step } from './step.ts';

/** Decided afresh at every look: the cause, the tags or the configuration may have changed. */
export function decideLive(settings: EngineSettings, operation: Approaching, instance: Instance, at: number): boolean {
  // The effect of an earlier call is no dry run, whatever the configuration says by now.
  if (mayHaveBeenSent(operation)) {
    const isMoved = instance.state === ON_THE_WAY[operation.intent.verb];
    if (isMoved || whatBecameOfIt(operation, instance, at) !== undefined) return true;
  }
  return isLive(operation.intent.cause, instance, settings.liveOnly);
}

export function asLive(operation: Approaching, live: boolean): Approaching {
  return { ...operation, intent: withLive(operation.intent, live) };
}

/** The step with the decision, so that the operation keeps it. */
export function withDecision(step: Step, live: boolean): Step {
  if (!('event' in step)) return step;
  const guard = step.trail?.guard;
  // A warning comes before a stop, and is no reason against it.
  const held = guard === undefined || guard === 'warned' ? {} : { heldBy: guard };
  return { ...step, event: { ...step.event, isLive: live, ...held } };
}

/** The end of a message about a dry run that nobody asked for; empty otherwise. */
export function whyNotLive({ liveOnly }: EngineSettings, { notLive }: Pick<Intent, 'notLive'>): string {
  return notLive === true && liveOnly !== undefined ? `; ${tellNotLive(liveOnly)}` : '';
}

/** @returns what has changed since the decision, for people; undefined while it still holds */
export function whyLiveChanged({ liveOnly }: EngineSettings, intent: Intent, seen: Instance): string | undefined {
  const { cause, dryRun } = intent;
  const live = isLive(cause, seen, liveOnly);
  if (liveOnly === undefined || withLive(intent, live).dryRun === dryRun) return undefined;
  const named = describeInstance(seen);
  return live
    ? `${nameCause(cause)} acts on ${named}, and this is a dry run`
    : `${tellNotLive(liveOnly)}, not ${named}`;
}

/** How far an instance has come since EC2 accepted a call. Success is the state reached, not the call accepted. */
import { adviseOn, describeReason, lacksCapacity } from './bounce.ts';
import { describeInstance, isGone, type Instance } from './instance.ts';
import type { Verb } from './intent.ts';
import { LAG_MS, type Acted } from './operation.ts';
import type { FailedReason } from './reason.ts';

/** The state that a verb asks for. */
export const GOAL = { start: 'running', stop: 'stopped' } as const satisfies Record<Verb, Instance['state']>;

/** The state on the way there. */
export const ON_THE_WAY = { start: 'pending', stop: 'stopping' } as const satisfies Record<Verb, Instance['state']>;

export type Progress =
  | { readonly progress: 'reached'; readonly message: string }
  | { readonly progress: 'under_way' }
  /** Nothing changed since EC2 accepted the call, so it is asked again. */
  | { readonly progress: 'lost'; readonly message: string }
  /** EC2 accepted a start and took it back for lack of capacity. It may be asked again. */
  | { readonly progress: 'taken_back'; readonly message: string }
  | { readonly progress: 'failed'; readonly reason: FailedReason; readonly message: string };

/**
 * @param acted the instance before EC2 was asked
 * @param seen the instance now; undefined when EC2 does not show it
 * @param waitedMs since EC2 accepted the call
 */
export function readProgress(verb: Verb, acted: Acted, seen: Instance | undefined, waitedMs: number): Progress {
  if (seen === undefined) {
    return waitedMs < LAG_MS ? { progress: 'under_way' } : failed('vanished', 'EC2 no longer knows the instance');
  }
  const named = describeInstance(seen);
  if (isGone(seen)) return failed('vanished', `${named} is ${seen.state}`);
  const stopped = verb === 'stop' && seen.state === 'stopped';
  if (stopped || (verb === 'start' && seen.state === 'running')) {
    return { progress: 'reached', message: `${named} is ${seen.state}` };
  }
  if (seen.state === ON_THE_WAY[verb] && !(verb === 'stop' && wasRelaunched(acted, seen)))
    return { progress: 'under_way' };
  return verb === 'start' ? startProgress(acted, seen, waitedMs) : stopProgress(acted, seen, waitedMs);
}

/** EC2 moves the launch time at every start. */
export function wasRelaunched(acted: Acted, seen: Instance): boolean {
  return seen.launchedAt > acted.launchedAt;
}

/** A start that EC2 takes back shows as stopped, with a new launch time or a new reason. */
function startProgress(acted: Acted, seen: Instance, waitedMs: number): Progress {
  const fellBack =
    seen.state === 'stopped' && (wasRelaunched(acted, seen) || seen.stateReason?.code !== acted.stateReason);
  if (!fellBack) return stillAsBefore(seen, waitedMs);
  const { stateReason } = seen;
  const named = `${describeInstance(seen)} fell back to stopped (${describeReason(stateReason)})`;
  if (stateReason !== undefined && lacksCapacity(stateReason.code)) {
    return { progress: 'taken_back', message: `${named}: EC2 had accepted the start but has no capacity for it` };
  }
  return failed('bounced', `${named}: ${adviseOn(stateReason)}`);
}

function stopProgress(acted: Acted, seen: Instance, waitedMs: number): Progress {
  if (!wasRelaunched(acted, seen)) return stillAsBefore(seen, waitedMs);
  const launched = new Date(seen.launchedAt).toISOString();
  return failed(
    'reverted',
    `${describeInstance(seen)} was launched again at ${launched}, after this operation stopped it`,
  );
}

function stillAsBefore(seen: Instance, waitedMs: number): Progress {
  if (waitedMs < LAG_MS) return { progress: 'under_way' };
  return { progress: 'lost', message: `EC2 accepted the call, but ${describeInstance(seen)} is still ${seen.state}` };
}

/** The shortest wait after a start was taken back, in milliseconds: capacity takes minutes to return. */
export const TAKEN_BACK_WAIT_MS = 60_000;

function failed(reason: FailedReason, message: string): Progress {
  return { progress: 'failed', reason, message };
}

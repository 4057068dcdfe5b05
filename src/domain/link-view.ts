/** What the page of a link has to say about its machine. */
import { admitHold, type HoldLimits } from './admit-hold.ts';
import type { Checks } from './checks.ts';
import { isGone, reachableAt, type Instance } from './instance.ts';
import { offeredKeeps, type OfferedKeep } from './keep-choices.ts';
import { isOpen, mayHaveBeenSent, type Operation, type Waiting } from './operation.ts';
import type { Hold } from './voice.ts';
import type { Warned } from './warned.ts';

/** The machine as EC2 shows it: `unknown` where EC2 gave no answer, `gone` where there is no such machine any more. */
export type Seen = Instance | 'gone' | 'unknown';

export type KeepView =
  | { readonly view: 'gone' }
  /** The stop was sent: it is too late. */
  | { readonly view: 'sent'; readonly stop: Operation & { readonly sentAt: number } }
  /** It does not run. `stop` is the one that was told of, if it has stopped the machine. */
  | { readonly view: 'stopped'; readonly stop?: Operation & { readonly endedAt: number } }
  /** The hold that ends last. */
  | { readonly view: 'kept'; readonly hold: Hold }
  | { readonly view: 'announced'; readonly stop: Operation; readonly warned: Warned }
  /** It is to stop, and no time is set. */
  | { readonly view: 'later'; readonly stop: Operation }
  | { readonly view: 'running' }
  | { readonly view: 'unknown' };

interface KeepFacts {
  readonly seen: Seen;
  readonly told?: Operation;
  readonly stop?: Operation;
  readonly holds: readonly Hold[];
}

export function keepView({ seen, told, stop, holds }: KeepFacts): KeepView {
  if (seen === 'gone' || (seen !== 'unknown' && isGone(seen))) return { view: 'gone' };
  if (stop !== undefined && mayHaveBeenSent(stop)) return { view: 'sent', stop };
  if (seen !== 'unknown' && (seen.state === 'stopping' || seen.state === 'stopped'))
    return { view: 'stopped', ...(told !== undefined && hasStopped(told) ? { stop: told } : {}) };
  const hold = holds.toSorted((one, other) => other.until - one.until).at(0);
  if (hold !== undefined) return { view: 'kept', hold };
  if (stop?.warned !== undefined) return { view: 'announced', stop, warned: stop.warned };
  if (stop !== undefined) return { view: 'later', stop };
  return { view: seen === 'unknown' ? 'unknown' : 'running' };
}

function hasStopped(operation: Operation): operation is Operation & { readonly endedAt: number } {
  return operation.intent.verb === 'stop' && operation.state === 'succeeded' && operation.reason === 'state_reached';
}

export interface Offer {
  readonly keeps: readonly OfferedKeep[];
  /** Why some choices are missing. */
  readonly note?: string;
}

export interface OfferFacts {
  readonly machine: { readonly id: string; readonly name?: string };
  readonly holder: string;
  readonly limits: HoldLimits;
  /** The holds of the machine, ended ones of the last 7 days included where the limits count them. */
  readonly counted: readonly Hold[];
}

/** The choices of whoever has the link, by the rules of holds. */
export function offerKeeps(
  { machine, holder, limits, counted }: OfferFacts,
  { now, zone }: { readonly now: number; readonly zone: string },
): Offer {
  const own = counted.find((hold) => hold.holder === holder && hold.until >= now);
  const others = counted.filter((hold) => hold !== own);
  const possible = offeredKeeps({ now, zone }, Math.max(limits.longestMs, (own?.until ?? 0) - now));
  const judged = possible.map((keep) => ({
    keep,
    admission: admitHold({ machine, until: keep.until, limits }, own, others, now),
  }));
  const refused = judged.map(({ admission }) => admission).find(({ outcome }) => outcome === 'refused');
  const keeps = judged.filter(({ admission }) => admission.outcome === 'held').map(({ keep }) => keep);
  if (refused?.outcome === 'refused') return { keeps, note: refused.message };
  return keeps.length > 0 ? { keeps } : { keeps, note: noneOf(limits) };
}

function noneOf({ longestMs }: HoldLimits): string {
  return longestMs === 0
    ? 'the rules do not let people keep this machine'
    : 'the rules let it be kept for less than an hour';
}

export type WakeView =
  | { readonly view: 'gone' }
  /** It does not run, and nothing is under way. `failed`: the last request has not worked. */
  | { readonly view: 'off'; readonly isStopping: boolean; readonly failed?: Operation }
  /** EC2 has not accepted it yet. */
  | { readonly view: 'asked'; readonly start: Operation }
  /** It is tried again. */
  | { readonly view: 'waiting'; readonly start: Waiting }
  /** EC2 starts it. */
  | { readonly view: 'pending'; readonly start?: Operation }
  | { readonly view: 'running'; readonly addresses: readonly string[]; readonly checks: Checks }
  | { readonly view: 'ready'; readonly addresses: readonly string[] }
  | { readonly view: 'unknown' };

interface WakeFacts {
  readonly seen: Seen;
  readonly checks: Checks;
  /** The newest request to start the machine. */
  readonly start?: Operation;
  readonly now: number;
}

export function wakeView({ seen, checks, start, now }: WakeFacts): WakeView {
  if (seen === 'gone' || (seen !== 'unknown' && isGone(seen))) return { view: 'gone' };
  if (start !== undefined && isOpen(start)) {
    switch (start.state) {
      case 'queued':
      case 'acting':
        return { view: 'asked', start };
      case 'waiting':
        return isSoon(start) ? { view: 'asked', start } : { view: 'waiting', start };
      case 'verifying':
        break;
    }
  }
  const isComing = start !== undefined && isOpen(start);
  if (seen === 'unknown') return isComing ? { view: 'pending', start } : { view: 'unknown' };
  if (seen.state === 'running') {
    const addresses = reachableAt(seen.addresses);
    return checks === 'ok' ? { view: 'ready', addresses } : { view: 'running', addresses, checks };
  }
  if (isComing || seen.state === 'pending') return { view: 'pending', ...(isComing ? { start } : {}) };
  const failed = start !== undefined && hasFailed(start, now) ? { failed: start } : {};
  return { view: 'off', isStopping: seen.state === 'stopping', ...failed };
}

/** Waits of seconds. */
function isSoon({ reason }: Waiting): boolean {
  return reason === 'changed_meanwhile' || reason === 'fleet_limit';
}

/** A request from before says nothing about the next one. In milliseconds. */
const RECENT_MS = 60 * 60_000;

function hasFailed(start: Operation, now: number): boolean {
  return (
    (start.state === 'failed' || start.state === 'refused' || start.state === 'cancelled') &&
    now - start.endedAt < RECENT_MS
  );
}

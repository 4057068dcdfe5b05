/** Guards of people's say: pauses, holds, leases. Automatic operations wait for their ends, and are judged afresh then. */
import { traitsOf } from '../cause.ts';
import { readHoldTag } from '../hold-tag.ts';
import { describeInstance } from '../instance.ts';
import { quote } from '../parsed.ts';
import { ALLOW, refuse, wait, type GuardContext, type Verdict, type Wait } from '../verdict.ts';
import { isOver, isPausing, tellHolder, tellPause, type Hold } from '../voice.ts';
import { stopTime, warningOf } from '../warning.ts';

/** How soon a wait without an end is looked at again, in milliseconds. An end that a person brings makes it due at once. */
const LOOK_AGAIN_MS = 3_600_000;

export function paused({ intent, instance, now, evidence: { voice } }: GuardContext): Verdict {
  if (voice === undefined) return ALLOW;
  const pauses = voice.pauses.filter((pause) => isPausing(pause, instance, now));
  const last = pauses.toSorted((one, other) => (other.until ?? Infinity) - (one.until ?? Infinity)).at(0);
  if (last === undefined) return ALLOW;
  const { until, who } = last;
  const message = `${who} ${tellPause(last)}`;
  if (!traitsOf(intent.cause).isAutomatic) return { verdict: 'allow', message };
  return lookedAt(wait(until ?? Infinity, 'paused', message), now);
}

/** A hold stops no person who says that she knows of it. */
export function held({ intent, instance, now, settings, evidence: { voice } }: GuardContext): Verdict {
  if (voice === undefined || intent.verb !== 'stop') return ALLOW;
  const last = voice.holds.filter(({ until }) => until > now).toSorted((one, other) => other.until - one.until);
  const tag = readHoldTag(instance.tags, settings, now);
  const until = Math.max(...last.map((hold) => hold.until), tag?.until ?? -Infinity);
  if (until === -Infinity) return ALLOW;
  const told = tellHolds([...(tag === undefined ? [] : [tag.told]), ...last.map(tellHold)]);
  const message = `${describeInstance(instance)} is held: ${told}`;
  if (traitsOf(intent.cause).isAutomatic) return lookedAt(wait(until, 'held', message), now);
  if (intent.overrideHold === true) return { verdict: 'allow', message: `${message}; the request overrides it` };
  return refuse('held', message);
}

/** A program may hold a machine many times. */
const TOLD = 5;

function tellHolds(told: readonly string[]): string {
  const more = told.length - TOLD;
  return [...told.slice(0, TOLD), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/** `pia holds it until 2026-11-26T18:00:00.000Z ("training")` */
function tellHold({ holder, until, why }: Hold): string {
  return `${holder} holds it until ${iso(until)}${why === undefined ? '' : ` (${quote(why)})`}`;
}

/**
 * An alert's stop lets the stop of a lease that has just ended go first, in milliseconds; and again, as long as that stop is under way.
 * Otherwise people would be warned of both, and told of two times.
 */
const GOES_FIRST_MS = 2 * 60_000;

/** Until its end a lease holds stops back like a hold. Its own stop comes then, and not after the lease was changed. */
export function leased(context: GuardContext): Verdict {
  const {
    intent: { verb, cause },
    instance,
    now,
    evidence: { voice },
  } = context;
  if (voice === undefined || verb !== 'stop') return ALLOW;
  const { lease } = voice;
  const named = describeInstance(instance);
  if (cause.by === 'lease') {
    if (lease === undefined || lease.id !== cause.lease) return refuse('lease_over', `the lease of ${named} was ended`);
    if (isOver(lease, instance))
      return refuse('lease_over', `${named} was launched at ${iso(instance.launchedAt)}, after its lease had begun`);
  }
  if (lease === undefined || isOver(lease, instance)) return ALLOW;
  // An alert's stop is warned of only after the lease, the lease's own stop before its end.
  const isOwn = cause.by === 'lease';
  const lead = isOwn ? (warningOf(context)?.beforeMs ?? 0) : 0;
  const isEnding = cause.by === 'alert' && lease.until <= now;
  const isFirst = isEnding && lease.isStopping === true;
  const end = (isFirst ? now : lease.until) + (isEnding ? GOES_FIRST_MS : 0);
  if (end <= (isOwn ? stopTime(context) : now)) return ALLOW;
  const until = Math.max(now, end - lead);
  const message = `${named} is leased to ${tellHolder(lease)} until ${iso(lease.until)}`;
  return traitsOf(cause).isAutomatic ? wait(until, 'leased', message) : { verdict: 'allow', message };
}

function lookedAt(verdict: Wait, now: number): Wait {
  return Number.isFinite(verdict.until) ? verdict : { ...verdict, until: now + LOOK_AGAIN_MS, isEndless: true };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

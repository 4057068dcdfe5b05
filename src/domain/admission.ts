/** What becomes of an intent that comes in: an operation is opened for it, it joins one, or nothing is left to be done. */
import { alertOf, episodeOf, firstAskedAt, isConfirmed, isOfResolved, traitsOf, type Cause } from './cause.ts';
import type { Intent } from './intent.ts';
import type { ResolvedInstance } from './instance.ts';
import { findOverruling, weighsMore } from './precedence.ts';
import { tellWord, type Word } from './word.ts';

/** An intent that comes in. */
export interface Candidate {
  /** The id of the operation that it opens, if it opens one. */
  readonly id: string;
  readonly intent: Intent;
  /** Whether its alert asks for something in both of its states: firing and resolved. */
  readonly alternates: boolean;
}

/** What is known of a candidate. */
export interface Background {
  readonly episode: KnownEpisode;
  /** The open operation for the same work. */
  readonly open: OpenWork | undefined;
  readonly words: readonly Word[];
}

/** An open operation, whose intent is read only when another asks for the same. */
export interface OpenWork {
  readonly id: string;
  /** Undefined when this version cannot read it. */
  readonly intent: () => Intent | undefined;
}

export interface KnownEpisode {
  /** When it was said to be over; absent while the alert stands. */
  readonly overSince?: number;
  /** As it was last asked for. */
  readonly cause?: Cause;
  /** When that was. */
  readonly seenAt?: number;
  /** The operation that serves it, or served it last. */
  readonly operation?: KnownOperation;
}

export interface KnownOperation {
  readonly id: string;
  readonly state: string;
  readonly reason?: string;
  readonly message?: string;
  readonly endedAt?: number;
  /** The machine, once it was found. */
  readonly instance?: ResolvedInstance;
}

export type Admission = {
  readonly operation: string;
  /** As it is asked for by what is known: its cause says since when it repeats, and whether it has to be confirmed first. */
  readonly intent: Intent;
} & (
  | { readonly outcome: 'done'; readonly message?: string }
  | ({ readonly outcome: 'joined' } & Joining)
  /**
   * The instance is the machine that the episode was about before, wherever its name leads by now: one alert never gets at a
   * second machine.
   */
  | { readonly outcome: 'accepted'; readonly instance?: ResolvedInstance }
);

/** What joining changes about the open operation. */
interface Joining {
  /** False for an old copy: it does not take back that the alert is over. */
  readonly isNews: boolean;
  /** From now on the operation is judged by this cause. */
  readonly takesOver: boolean;
  /** An operation that waits is looked at now. */
  readonly makesDue: boolean;
}

/** How long after its first copy another one confirms an episode, in milliseconds. */
export const CONFIRMED_AFTER_MS = 60_000;

/** An alert without a date that was silent for longer is another one when it comes again, in milliseconds: hourly jobs are not. */
const SILENT_MS = 90 * 60_000;

export function admit(candidate: Candidate, { episode, open, words }: Background, now: number): Admission {
  const intent = { ...candidate.intent, cause: recall(candidate.intent.cause, episode, now) };
  const { operation } = episode;
  const denied = operation === undefined ? undefined : findDenial(intent, operation, words);
  if (operation !== undefined && denied !== undefined)
    return { outcome: 'done', operation: operation.id, message: denied, intent };
  const isDated = episodeOf(intent.cause) !== undefined;
  // Nothing tells whether an alert without a date is new. So it is done again, but for a person's no.
  if (isDated && operation !== undefined && isDone(candidate, episode, operation))
    return { outcome: 'done', operation: operation.id, intent };
  const asked = isDated ? { ...intent, cause: confirm(intent.cause, episode, now) } : intent;
  if (open !== undefined)
    return { outcome: 'joined', operation: open.id, intent: asked, ...join(asked.cause, open.intent()?.cause) };
  const about = isDated && operation?.instance !== undefined ? { instance: operation.instance } : {};
  return { outcome: 'accepted', operation: candidate.id, intent: asked, ...about };
}

/** @param known the cause that the open operation is judged by; undefined where this version cannot read it */
function join(cause: Cause, known: Cause | undefined): Joining {
  const makesDue = traitsOf(cause).isWaitedFor;
  // An intent that cannot be read cannot be carried: the same work is written again, as it is asked for now.
  if (known === undefined) return { isNews: true, takesOver: true, makesDue };
  const isSameEpisode = episodeOf(known) !== undefined && episodeOf(known) === episodeOf(cause);
  // An operation that was begun for it learns that the alert is over, and ends.
  if (isSameEpisode && isConfirmed(known) && !isConfirmed(cause))
    return { isNews: false, takesOver: false, makesDue: false };
  const takesOver = weighsMore(cause, known);
  // A confirmed alert has nothing to wait for.
  return { isNews: true, takesOver, makesDue: makesDue || (takesOver && !isConfirmed(known)) };
}

/** A copy asks for what the first one has asked for. Without a date they are copies for as long as they go on coming. */
function recall(cause: Cause, { cause: before, seenAt = -Infinity }: KnownEpisode, now: number): Cause {
  const alert = alertOf(cause);
  if (alert === undefined || alert.resolved === true || before === undefined) return cause;
  if (alert.episode === undefined && now - seenAt > SILENT_MS) return alert;
  const since = firstAskedAt(before);
  return since < alert.beganAt ? { ...alert, repeatsSince: since } : alert;
}

/** A person's no: to this operation, or to all that was asked before. A sentence that names her. */
function findDenial(intent: Intent, operation: KnownOperation, words: readonly Word[]): string | undefined {
  const { id, state, reason, message, endedAt, instance } = operation;
  if (endedAt === undefined) return undefined;
  const word = instance === undefined ? undefined : findOverruling(words, instance.id, intent);
  if (word !== undefined) return `${tellWord(word)}${tellRepetition(intent.cause)}`;
  if (state !== 'cancelled' || reason !== 'by_person' || endedAt < firstAskedAt(intent.cause)) return undefined;
  const when = new Date(endedAt).toISOString();
  const told = `operation ${id} was ${message ?? 'cancelled'} at ${when}: alerts that began before then do nothing`;
  return `${told}${tellRepetition(intent.cause)}`;
}

function tellRepetition(cause: Cause): string {
  const { repeatsSince, episode } = alertOf(cause) ?? {};
  if (repeatsSince === undefined || episode !== undefined) return '';
  const since = new Date(repeatsSince).toISOString();
  return `; this one has no startsAt, and repeats what has come since ${since}`;
}

/**
 * What has succeeded is not done again, unless the alert has been in its other state since. A copy of an old end tells nothing
 * new even then: each end has a time of its own.
 */
function isDone(
  { intent, alternates }: Candidate,
  { overSince, cause }: KnownEpisode,
  { state }: KnownOperation,
): boolean {
  if (overSince === undefined) return state === 'succeeded';
  if (isOfResolved(intent.cause)) return cause !== undefined && cause.beganAt >= intent.cause.beganAt;
  return state === 'succeeded' && !alternates;
}

/**
 * A firing alert that comes after its own end is an old copy, or was taken up again. Which of the two shows when it comes once
 * more, or when Alertmanager is asked.
 */
function confirm(cause: Cause, { overSince, cause: before }: KnownEpisode, now: number): Cause {
  const alert = alertOf(cause);
  if (alert === undefined || alert.resolved === true) return cause;
  if (overSince !== undefined) return { ...alert, unconfirmedSince: now };
  const since = before && alertOf(before)?.unconfirmedSince;
  if (since === undefined || now - since >= CONFIRMED_AFTER_MS) return alert;
  return { ...alert, unconfirmedSince: since };
}

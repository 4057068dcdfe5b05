/** Admission: a new intent opens an operation, joins an open one, or is done already. */
import { alertOf, episodeOf, firstAskedAt, isConfirmed, isOfResolved, traitsOf, type Cause } from './cause.ts';
import type { Intent } from './intent.ts';
import type { ResolvedInstance } from './instance.ts';
import { waitsForVoice } from './operation.ts';
import { findOverruling, weighsMore } from './precedence.ts';
import type { WaitingReason } from './reason.ts';
import { tellWord, type Word } from './word.ts';

export interface Candidate {
  /** The id of the operation that it may open. */
  readonly id: string;
  readonly intent: Intent;
  /** Whether its alert asks for an act both when it fires and when it is resolved. */
  readonly alternates: boolean;
}

export interface Background {
  readonly episode: KnownEpisode;
  /** The open operation for the same work. */
  readonly open: OpenWork | undefined;
  readonly words: readonly Word[];
}

/** An open operation. Its intent is parsed only when it is needed. */
export interface OpenWork {
  readonly id: string;
  /** Undefined when this version cannot read it. */
  readonly intent: () => Intent | undefined;
  readonly waitsFor?: WaitingReason;
}

export interface KnownEpisode {
  /** When its end was received; absent while the alert stands. */
  readonly overSince?: number;
  readonly cause?: Cause;
  /** When `cause` was received. */
  readonly seenAt?: number;
  /** Its latest operation. */
  readonly operation?: KnownOperation;
}

export interface KnownOperation {
  readonly id: string;
  readonly state: string;
  readonly reason?: string;
  readonly message?: string;
  readonly endedAt?: number;
  readonly dryRun?: boolean;
  readonly instance?: ResolvedInstance;
}

export type Admission = {
  readonly operation: string;
  /** With what is known of its cause: since when copies arrive, and whether it is confirmed. */
  readonly intent: Intent;
} & (
  | { readonly outcome: 'done'; readonly message?: string }
  | ({ readonly outcome: 'joined' } & Joining)
  /** The instance is the episode's earlier machine, wherever its name leads now: one alert never acts on a second machine. */
  | { readonly outcome: 'accepted'; readonly instance?: ResolvedInstance }
);

interface Joining {
  /** False for an old copy, which does not undo the end of its alert. */
  readonly isNews: boolean;
  /** Whether this cause decides from now on. */
  readonly takesOver: boolean;
  /** Whether a waiting operation is due at once. */
  readonly makesDue: boolean;
}

/** A copy confirms an episode when it comes this much later than the first, in milliseconds. */
export const CONFIRMED_AFTER_MS = 60_000;

/** An alert without a date is a new one after this much silence, in milliseconds. Longer than an hourly job's interval. */
export const SILENT_MS = 90 * 60_000;

export function admit(candidate: Candidate, { episode, open, words }: Background, now: number): Admission {
  const intent = { ...candidate.intent, cause: recall(candidate.intent.cause, episode, now) };
  const { operation } = episode;
  const denied = operation === undefined ? undefined : findDenial(intent, operation, words);
  if (operation !== undefined && denied !== undefined)
    return { outcome: 'done', operation: operation.id, message: denied, intent };
  const isDated = episodeOf(intent.cause) !== undefined;
  // An alert without a date may be new, so only a person's word keeps it from being done again.
  if (isDated && operation !== undefined && isDone(candidate, episode, operation))
    return { outcome: 'done', operation: operation.id, intent };
  const asked = isDated ? { ...intent, cause: confirm(intent.cause, episode, now) } : intent;
  if (open !== undefined)
    return { outcome: 'joined', operation: open.id, intent: asked, ...join(asked.cause, open.intent()?.cause) };
  const about = isDated && operation?.instance !== undefined ? { instance: operation.instance } : {};
  return { outcome: 'accepted', operation: candidate.id, intent: asked, ...about };
}

/**
 * Whether a person's stop goes its own way, although an operation for the same work is open. That one waits for what people say, and
 * goes on when that has ended. A hold refuses the person's stop, and must not end the other with it.
 */
export function goesApart({ verb, cause }: Intent, open: OpenWork | undefined): boolean {
  return verb === 'stop' && traitsOf(cause).isWord && open?.waitsFor !== undefined && waitsForVoice(open.waitsFor);
}

/** @param known the cause of the open operation; undefined where this version cannot read it */
function join(cause: Cause, known: Cause | undefined): Joining {
  const makesDue = traitsOf(cause).isWaitedFor;
  // An unreadable intent cannot be carried, so the new one replaces it.
  if (known === undefined) return { isNews: true, takesOver: true, makesDue };
  const isSameEpisode = episodeOf(known) !== undefined && episodeOf(known) === episodeOf(cause);
  // The old copy must not keep the operation open: its alert is over.
  if (isSameEpisode && isConfirmed(known) && !isConfirmed(cause))
    return { isNews: false, takesOver: false, makesDue: false };
  const takesOver = weighsMore(cause, known);
  return { isNews: true, takesOver, makesDue: makesDue || (takesOver && !isConfirmed(known)) };
}

/** Copies keep the time of the first one. Without a date, alerts count as copies as long as they keep arriving. */
function recall(cause: Cause, { cause: before, seenAt = -Infinity }: KnownEpisode, now: number): Cause {
  const alert = alertOf(cause);
  if (alert === undefined || alert.resolved === true || before === undefined) return cause;
  if (alert.episode === undefined && now - seenAt > SILENT_MS) return alert;
  const since = firstAskedAt(before);
  return since < alert.beganAt ? { ...alert, repeatsSince: since } : alert;
}

/** The sentence about a person's cancel or word that forbids the intent. */
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

/** A success is not repeated unless the alert changed its state since. Each end has its own time, so a copy of one is known. */
function isDone(
  { intent, alternates }: Candidate,
  { overSince, cause }: KnownEpisode,
  operation: KnownOperation,
): boolean {
  if (overSince === undefined) return hasServed(intent, operation);
  if (isOfResolved(intent.cause)) return cause !== undefined && cause.beganAt >= intent.cause.beganAt;
  return hasServed(intent, operation) && !alternates;
}

/** A dry run that only `live.only` has made does not count: the machine may be live when the next copy comes. */
function hasServed({ dryRun }: Intent, operation: KnownOperation): boolean {
  return operation.state === 'succeeded' && (dryRun || operation.dryRun !== true);
}

/** A firing alert after its own end may be an old copy, until another copy or Alertmanager confirms it. */
function confirm(cause: Cause, { overSince, cause: before }: KnownEpisode, now: number): Cause {
  const alert = alertOf(cause);
  if (alert === undefined || alert.resolved === true) return cause;
  if (overSince !== undefined) return { ...alert, unconfirmedSince: now };
  const since = before && alertOf(before)?.unconfirmedSince;
  if (since === undefined || now - since >= CONFIRMED_AFTER_MS) return alert;
  return { ...alert, unconfirmedSince: since };
}

/** Whether what an alert asks for is to be done, by what is known of its episode. */
import { alertOf, episodeOf, firstAskedAt, isOfResolved, type Cause } from './cause.ts';
import type { Intent } from './intent.ts';
import type { ResolvedInstance } from './operation.ts';
import { findOverruling, tellWord, type Word } from './word.ts';

/** What was asked for, and whether its alert asks for something in both of its states: firing and resolved. */
export interface Wish {
  readonly intent: Intent;
  readonly alternates: boolean;
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

export type Admission =
  /** Nothing is to be done for it any more. */
  | { readonly admission: 'done'; readonly operation: string; readonly message?: string; readonly intent: Intent }
  /**
   * An operation is opened or joined. The cause says whether the episode has to be confirmed first. It is about the machine that
   * the episode was about before, wherever its name leads by now: one alert never gets at a second machine.
   */
  | { readonly admission: 'act'; readonly intent: Intent; readonly instance?: ResolvedInstance };

/** How long after its first copy another one confirms an episode, in milliseconds. */
export const CONFIRMED_AFTER_MS = 60_000;

/** An alert without a date that was silent for longer is another one when it comes again, in milliseconds: hourly jobs are not. */
const SILENT_MS = 90 * 60_000;

export function admit(wish: Wish, known: KnownEpisode, words: readonly Word[], now: number): Admission {
  const intent = { ...wish.intent, cause: recall(wish.intent.cause, known, now) };
  const { operation } = known;
  const denied = operation === undefined ? undefined : findDenial(intent, operation, words);
  if (operation !== undefined && denied !== undefined)
    return { admission: 'done', operation: operation.id, message: denied, intent };
  // Whether it is new, nobody can say of an alert without a date. So it is done again, but for a person's no.
  if (episodeOf(intent.cause) === undefined) return { admission: 'act', intent };
  if (operation !== undefined && isDone(wish, known, operation))
    return { admission: 'done', operation: operation.id, intent };
  const instance = operation?.instance;
  return {
    admission: 'act',
    intent: { ...intent, cause: confirm(intent.cause, known, now) },
    ...(instance === undefined ? {} : { instance }),
  };
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
function isDone({ intent, alternates }: Wish, { overSince, cause }: KnownEpisode, { state }: KnownOperation): boolean {
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

/**
 * Who asks for an operation, and why. What depends on the kind of cause is asked by name, and answered here for every kind: a new
 * kind does not compile before it has all of the answers.
 */
import type { AboutAlert } from './about.ts';

export type Cause = AlertCause | PersonCause;
export const CAUSE_KINDS = ['alert', 'person'] as const;
export type CauseKind = (typeof CAUSE_KINDS)[number];

export interface AlertCause {
  readonly by: 'alert';
  readonly fingerprint: string;
  readonly alertname: string;
  /** When the alert began; when it was received, if the sender does not say. Milliseconds since the epoch. */
  readonly beganAt: number;
  /** Equal for every notification of one firing episode; absent when the sender does not date its alerts. */
  readonly episode?: string;
  /** When its first copy came, where it has no date or one that lay ahead: then `beganAt` is when the latest came. */
  readonly repeatsSince?: number;
  /** The alert was resolved, and its label `on_resolved` asks for this; `beganAt` is when it was. */
  readonly resolved?: true;
  /** When it came after its own end, which nothing has contradicted yet. Milliseconds since the epoch. */
  readonly unconfirmedSince?: number;
  /** When it had begun to fire, and when its end was first heard of; only of a resolved alert. */
  readonly firedAt?: number;
  readonly heardAt?: number;
  readonly about?: AboutAlert;
  /** The id of the delivery that brought it; absent in what an older version wrote. */
  readonly delivery?: string;
}

export interface PersonCause {
  readonly by: 'person';
  readonly name: string;
  readonly beganAt: number;
  readonly delivery?: string;
}

/** What holds for all causes of one kind. */
interface Traits {
  /** Among causes that ask for the same, or for opposites: the higher rank decides, and among equals the newer cause. */
  readonly rank: number;
  /** Limits on automatic acts count it. */
  readonly isAutomatic: boolean;
  /** Guards that hold `unless_person` let it pass. */
  readonly overridesGuards: boolean;
  /** The request itself is a word: alerts that ask for the opposite, and began before it, do nothing. */
  readonly isWord: boolean;
  /** A person waits for the answer: an operation that it joins is due at once. */
  readonly isWaitedFor: boolean;
  /** The machine may be named by its tag Name, whatever `names.from_tags` says. */
  readonly namesByTag: boolean;
}

const TRAITS: Readonly<Record<CauseKind, Traits>> = {
  alert: {
    rank: 0,
    isAutomatic: true,
    overridesGuards: false,
    isWord: false,
    isWaitedFor: false,
    namesByTag: false,
  },
  person: {
    rank: 1,
    isAutomatic: false,
    overridesGuards: true,
    isWord: true,
    isWaitedFor: true,
    namesByTag: true,
  },
};

export function traitsOf({ by }: Cause): Traits {
  return TRAITS[by];
}

/** The alert behind a cause. A cause without one has no episode, no end, and nothing that could still fire. */
export function alertOf(cause: Cause): AlertCause | undefined {
  switch (cause.by) {
    case 'alert':
      return cause;
    case 'person':
      return undefined;
  }
}

/** Undefined without an alert, and for an alert without a date. */
export function episodeOf(cause: Cause): string | undefined {
  return alertOf(cause)?.episode;
}

/** Whether it is asked for because an alert was resolved. */
export function isOfResolved(cause: Cause): boolean {
  return alertOf(cause)?.resolved === true;
}

/** Whether nothing has said that the alert is over, or that was contradicted since. */
export function isConfirmed(cause: Cause): boolean {
  return alertOf(cause)?.unconfirmedSince === undefined;
}

/** When what it asks for was first asked for. Milliseconds since the epoch. */
export function firstAskedAt(cause: Cause): number {
  return alertOf(cause)?.repeatsSince ?? cause.beganAt;
}

/** When an operation was last asked for: a person may join it long after it was made. Milliseconds since the epoch. */
export function lastAskedAt(cause: Cause, createdAt: number): number {
  switch (cause.by) {
    case 'alert':
      return createdAt;
    case 'person':
      return cause.beganAt;
  }
}

/** Whether two causes are the same request of the same person, or the same firing of the same alert, known to stand or not. */
export function isSameCause(one: Cause, other: Cause): boolean {
  return one.beganAt === other.beganAt && identityOf(one) === identityOf(other);
}

function identityOf(cause: Cause): string {
  switch (cause.by) {
    case 'alert':
      return JSON.stringify([cause.by, cause.fingerprint, cause.resolved === true, cause.unconfirmedSince]);
    case 'person':
      return JSON.stringify([cause.by, cause.name]);
  }
}

/** As trails name it. */
export function nameCause(cause: Cause): string {
  switch (cause.by) {
    case 'alert':
      return `alert ${cause.alertname} (${cause.fingerprint})`;
    case 'person':
      return cause.name;
  }
}

/** Who asks for an operation, and why. A new kind of cause compiles only once this file answers every question about it. */
import type { AboutAlert } from './about.ts';
import { tellHolder } from './voice.ts';
import type { Witness } from './witness.ts';

export type Cause = AlertCause | PersonCause | LeaseCause;
export const CAUSE_KINDS = ['alert', 'person', 'lease'] as const;
export type CauseKind = (typeof CAUSE_KINDS)[number];

export interface AlertCause {
  readonly by: 'alert';
  readonly fingerprint: string;
  readonly alertname: string;
  /** When the alert began; when it was received, if the sender does not say. Milliseconds since the epoch. */
  readonly beganAt: number;
  /** Equal for every notification of one firing episode; absent when the sender does not date its alerts. */
  readonly episode?: string;
  /** When its first copy came, if the alert has no date or a future one. Then `beganAt` is when the latest copy came. */
  readonly repeatsSince?: number;
  /** The alert was resolved at `beganAt`, and its label `on_resolved` asks for this. */
  readonly resolved?: true;
  /** When a firing copy came after the alert's end, until that is confirmed. Milliseconds since the epoch. */
  readonly unconfirmedSince?: number;
  /** When a resolved alert began to fire, and when its end first arrived. */
  readonly firedAt?: number;
  readonly heardAt?: number;
  readonly about?: AboutAlert;
  /** Its labels that the machine has to match. They are the alert's own: another alert may ask for the same by the same name. */
  readonly witness?: Witness;
  /** The id of its delivery; absent in rows of older versions. */
  readonly delivery?: string;
}

export interface PersonCause {
  readonly by: 'person';
  readonly name: string;
  readonly beganAt: number;
  readonly delivery?: string;
}

/** A machine's lease has come to its end. */
export interface LeaseCause {
  readonly by: 'lease';
  /** The id of the lease. */
  readonly lease: string;
  /** The holder of the lease. */
  readonly name: string;
  /** When the lease was made. Milliseconds since the epoch. */
  readonly beganAt: number;
  readonly delivery?: string;
}

/** The traits that all causes of one kind share. */
interface Traits {
  /** The higher rank decides; among equals, the newer cause. */
  readonly rank: number;
  /** Limits on automatic acts count it. */
  readonly isAutomatic: boolean;
  /** The guards that it overrides. */
  readonly overrides: 'nothing' | 'unless_person' | 'unless_agreed';
  /** Persons' words that came later forbid it. A lease is changed instead. */
  readonly heedsWords: boolean;
  /** The request itself is a word: alerts that ask for the opposite, and began before it, do nothing. */
  readonly isWord: boolean;
  /** A person waits for the answer, so an operation that it joins is due at once. */
  readonly isWaitedFor: boolean;
  /** The machine may be named by its tag Name, whatever `names.from_tags` says. */
  readonly namesByTag: boolean;
}

const TRAITS: Readonly<Record<CauseKind, Traits>> = {
  alert: {
    rank: 0,
    isAutomatic: true,
    overrides: 'nothing',
    heedsWords: true,
    isWord: false,
    isWaitedFor: false,
    namesByTag: false,
  },
  person: {
    rank: 1,
    isAutomatic: false,
    overrides: 'unless_person',
    heedsWords: true,
    isWord: true,
    isWaitedFor: true,
    namesByTag: true,
  },
  lease: {
    rank: 0,
    isAutomatic: true,
    overrides: 'unless_agreed',
    heedsWords: false,
    isWord: false,
    isWaitedFor: false,
    namesByTag: false,
  },
};

export function traitsOf({ by }: Cause): Traits {
  return TRAITS[by];
}

/** The alert behind a cause. A cause without one has no episode, and nothing that could still fire. */
export function alertOf(cause: Cause): AlertCause | undefined {
  switch (cause.by) {
    case 'alert':
      return cause;
    case 'person':
    case 'lease':
      return undefined;
  }
}

/** Undefined without an alert, and for an alert without a date. */
export function episodeOf(cause: Cause): string | undefined {
  return alertOf(cause)?.episode;
}

export function isOfResolved(cause: Cause): boolean {
  return alertOf(cause)?.resolved === true;
}

/** False for an alert that fires after its own end, until Alertmanager or another copy confirms it. */
export function isConfirmed(cause: Cause): boolean {
  return alertOf(cause)?.unconfirmedSince === undefined;
}

/** Milliseconds since the epoch. */
export function firstAskedAt(cause: Cause): number {
  return alertOf(cause)?.repeatsSince ?? cause.beganAt;
}

/** A person may join an operation long after it was made. Milliseconds since the epoch. */
export function lastAskedAt(cause: Cause, createdAt: number): number {
  return traitsOf(cause).isWord ? cause.beganAt : createdAt;
}

/** Whether two causes are one request of a person, or one firing of an alert that is confirmed in both or in neither. */
export function isSameCause(one: Cause, other: Cause): boolean {
  return one.beganAt === other.beganAt && identityOf(one) === identityOf(other);
}

function identityOf(cause: Cause): string {
  const { resolved, unconfirmedSince } = alertOf(cause) ?? {};
  return JSON.stringify([cause.by, nameCause(cause), resolved, unconfirmedSince]);
}

/** As trails name it. */
export function nameCause(cause: Cause): string {
  switch (cause.by) {
    case 'alert':
      return `alert ${cause.alertname} (${cause.fingerprint})`;
    case 'person':
      return cause.name;
    case 'lease':
      return `lease of ${tellHolder({ who: cause.name })}`;
  }
}

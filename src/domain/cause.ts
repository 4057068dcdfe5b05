/** Who asks for an operation: compared, and named. */
import { workKey, type Cause, type Intent } from './intent.ts';

/**
 * Whose cause an operation is judged by when several have asked for it: a person's before an alert's, one that stands before one
 * that has to be confirmed, then the newer.
 */
export function weighsMore(one: Cause, other: Cause): boolean {
  if (one.by !== other.by) return one.by === 'person';
  if (isConfirmed(one) !== isConfirmed(other)) return isConfirmed(one);
  return one.beganAt > other.beganAt;
}

/** Whether nothing has said that the alert is over, or that was contradicted since. */
export function isConfirmed(cause: Cause): boolean {
  return cause.by === 'person' || cause.unconfirmedSince === undefined;
}

/** Whether two causes are the same wish of the same person, or the same firing of the same alert, known to stand or not. */
export function isSameCause(one: Cause, other: Cause): boolean {
  if (one.beganAt !== other.beganAt) return false;
  if (one.by === 'person') return other.by === 'person' && one.name === other.name;
  if (other.by === 'person' || one.unconfirmedSince !== other.unconfirmedSince) return false;
  return one.fingerprint === other.fingerprint && one.resolved === other.resolved;
}

/** Of a person, and of an alert without a date, there is none. */
export function episodeOf(cause: Cause): string | undefined {
  return cause.by === 'alert' ? cause.episode : undefined;
}

/** What an alert stands behind an operation by. One without a date has a key that no dated one will ever have. */
export function standsBy(intent: Intent): string | undefined {
  const { cause } = intent;
  return cause.by === 'alert' ? (cause.episode ?? `${workKey(intent)}|${cause.fingerprint}|`) : undefined;
}

/** When what it asks for was first asked for. Milliseconds since the epoch. */
export function firstAskedAt(cause: Cause): number {
  return cause.by === 'alert' ? (cause.repeatsSince ?? cause.beganAt) : cause.beganAt;
}

/** As trails name it. */
export function nameCause(cause: Cause): string {
  return cause.by === 'alert' ? `alert ${cause.alertname} (${cause.fingerprint})` : cause.name;
}

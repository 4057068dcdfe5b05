/** One stretch of time in which an alert asked for the same: what replay and "why" read. Kept for `history.retention`. */
import type { Place } from './instance.ts';
import { workKey, type Intent, type Work } from './intent.ts';

/** Times are milliseconds since the epoch. */
export interface AlertSpan {
  /** The alert's name; empty where it has none. */
  readonly rule: string;
  readonly fingerprint: string;
  readonly asked: AskedByAlert;
  /** The machine: at once where the alert names it by its id, else when an operation has found it. */
  readonly instance?: string;
  readonly place?: Place;
  /** The alert's own `startsAt`, never later than when it was first heard. Of a resolved alert, its end. */
  readonly since: number;
  /** When its end came; until then, and where no end was heard, when it was last heard. */
  readonly until: number;
  /** `unheard`: the alert began anew, or asked for something else, before its end was heard. */
  readonly end: (typeof SPAN_ENDS)[number];
  /** How often it was heard. */
  readonly heard: number;
}

export const SPAN_ENDS = ['firing', 'resolved', 'unheard'] as const;

/** An intent without what senders may do and what people say: these are asked again by whoever replays it. */
export type AskedByAlert = Pick<
  Intent,
  'verb' | 'target' | 'client' | 'dryRun' | 'region' | 'account' | 'vpc' | 'leaseMs'
> & {
  /** The alert asks because it was resolved (`on_resolved`). */
  readonly resolved?: true;
};

/** Equal for all that one alert asks of one machine by one verb. At most one of its stretches lasts. */
export function spanKey(work: Work & Partial<Pick<Intent, 'cause'>>, fingerprint: string): string {
  return `${workKey(work)}|${fingerprint}`;
}

/** How much of EC2's rate limits is left. */
import type { Place } from './instance.ts';
import type { Verb } from './intent.ts';

/** `describe` uses filters, `look` lists ids: EC2 has a smaller bucket for calls without filter and page. */
export type QuotaAction = 'describe' | 'look' | 'checks' | Verb;

/** The tokens left in the buckets of one action in one place. */
export interface QuotaLevel {
  readonly place: Place;
  readonly action: QuotaAction;
  readonly requests: number;
  /** Absent where EC2 does not count instances. */
  readonly instances?: number;
}

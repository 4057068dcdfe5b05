/** All that the savings page tells. */
import type { Savings } from '../../domain/savings.ts';
import type { Reading } from '../../domain/told-time.ts';
import type { SavingsPageQuery, ShownPeriod } from './query.ts';

export interface SavingsPageFacts {
  readonly savings: Savings;
  readonly query: SavingsPageQuery;
  readonly period: ShownPeriod;
  readonly reading: Reading;
  /** From the page to the first page. */
  readonly root: string;
  /** As `SavingsQuery.cap`. */
  readonly capMs: number;
  /** Whose prices the dollars are by: as `at list price (us-east-1, 2026-07-20)`. */
  readonly basis: string;
  /** Where the same figures are as CSV. */
  readonly csv: string;
  /** Absent where nobody is known by name: then no machine is the person's own. */
  readonly mayBeOwner: boolean;
  /** Which machines alerts act on, where that is limited. */
  readonly liveOnly?: string;
}

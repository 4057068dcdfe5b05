/** Computes savings for the API and for pages. */
import { savingsOf, type Savings, type SavingsQuery } from '../domain/savings.ts';
import type { StopKey } from '../domain/stop-columns.ts';
import type { HttpParts } from './parts.ts';

export interface SavingsFilter {
  /** In lower case; the empty one is that of machines without an owner. */
  readonly owners?: readonly string[] | undefined;
  /** An instance id, or a name. */
  readonly machine?: string | undefined;
  readonly rule?: string | undefined;
}

export async function readSavings(
  { savings }: Pick<HttpParts, 'savings'>,
  period: Pick<SavingsQuery, 'since' | 'until' | 'zone'>,
  filter: SavingsFilter = {},
): Promise<Savings> {
  return savingsOf(await savings.stops.read(), { ...period, cap: savings.capMs, only: (key) => matches(key, filter) });
}

function matches({ instance, name, owner, rule }: StopKey, filter: SavingsFilter): boolean {
  if (filter.machine !== undefined && filter.machine !== instance && filter.machine !== name) return false;
  if (filter.rule !== undefined && filter.rule !== rule) return false;
  return filter.owners === undefined || filter.owners.includes((owner ?? '').toLowerCase());
}

/** Computes savings for the API and for pages. */
import { savingsOf, type Savings, type SavingsQuery } from '../domain/savings.ts';
import type { StopKey } from '../domain/stop-columns.ts';
import type { HttpParts } from './parts.ts';

export interface SavingsFilter {
  /** In lower case; the empty one is that of machines without an owner. */
  readonly owners?: readonly string[] | undefined;
  /** An instance id, or a name that the machine has or had. */
  readonly machine?: string | undefined;
  readonly rule?: string | undefined;
}

export async function readSavings(
  { savings }: Pick<HttpParts, 'savings'>,
  period: Pick<SavingsQuery, 'since' | 'until' | 'zone'>,
  filter: SavingsFilter = {},
): Promise<Savings> {
  const stops = await savings.stops.read();
  const instances = filter.machine === undefined ? undefined : called(filter.machine, stops.keys());
  const only = (key: StopKey): boolean => instances?.has(key.instance) !== false && matches(key, filter);
  return savingsOf(stops, { ...period, cap: savings.capMs, only });
}

/** Of a machine that was renamed, all stops count: its row has them all, too. */
function called(text: string, keys: readonly StopKey[]): ReadonlySet<string> {
  return new Set(keys.flatMap(({ instance, name }) => (instance === text || name === text ? [instance] : [])));
}

function matches({ owner, rule }: StopKey, filter: SavingsFilter): boolean {
  if (filter.rule !== undefined && filter.rule !== rule) return false;
  return filter.owners === undefined || filter.owners.includes((owner ?? '').toLowerCase());
}

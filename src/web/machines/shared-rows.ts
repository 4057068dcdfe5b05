/** The rows that all open pages read again after a hint. */
import type { Html } from '../page.ts';
import { createShare, type Share } from '../shared.ts';
import type { MachineCounts } from '../../store/machine-port.ts';
import type { RowFacts } from './row.ts';

/** Rows of a list, and the head of the whole list. */
export interface FoundRows {
  readonly rows: readonly RowFacts[];
  readonly counted: MachineCounts;
}

export interface SharedRows {
  readonly facts: Share<FoundRows>;
  /** The rows as people with the same rights see them. */
  readonly pieces: Share<Awaited<Html>>;
}

/** @param latest names the last hint */
export function createSharedRows(latest: () => string): SharedRows {
  return { facts: createShare(latest), pieces: createShare(latest) };
}

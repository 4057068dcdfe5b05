/** The rows that all open pages read again after a hint. */
import type { Html } from '../page.ts';
import { createShare, createShareOfMany, type Share, type ShareOfMany } from '../shared.ts';
import type { MachineCounts } from '../../store/machine-port.ts';
import type { RowFacts } from './row.ts';
import type { FoundMachines } from './table-facts.ts';

export interface SharedRows {
  /** By the list and the machine. */
  readonly facts: ShareOfMany<RowFacts>;
  readonly counted: Share<MachineCounts>;
  /** A row as people with the same rights see it. */
  readonly rows: ShareOfMany<Awaited<Html>>;
  /** Several rows, with their head or without. */
  readonly pieces: Share<Awaited<Html>>;
  /** What whole pages show, by the list. */
  readonly found: Share<FoundMachines>;
}

/** @param latest names the last hint that is known, here or to a page */
export function createSharedRows(latest: () => string): SharedRows {
  return {
    facts: createShareOfMany(latest),
    counted: createShare(latest),
    rows: createShareOfMany(latest),
    pieces: createShare(latest),
    found: createShare(latest),
  };
}

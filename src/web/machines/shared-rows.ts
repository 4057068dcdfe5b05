/** The rows that all open pages read again after a hint. */
import type { KeptText } from '../../http/packed.ts';
import type { Html } from '../page.ts';
import { createShare, createShareOfMany, type Share, type ShareOfMany } from '../shared.ts';
import type { Interval, MachineRow } from '../../domain/machine.ts';
import type { MachineCounts, MachinesPage } from '../../store/machine-port.ts';
import type { RowFacts } from './row.ts';

export interface SharedRows {
  /** By the list and the machine. */
  readonly facts: ShareOfMany<RowFacts>;
  readonly counted: Share<MachineCounts>;
  /** A row as people with the same rights see it. */
  readonly rows: ShareOfMany<Awaited<Html>>;
  /** The rows that one page asks for, by the list and the machines: pages that are told together ask for the same. */
  readonly asked: Share<AskedRows>;
  /** The text that these pages are sent, as people with the same rights see it. */
  readonly texts: Share<KeptText>;
  /** All rows of a whole page, as people with the same rights see them. */
  readonly pieces: Share<Awaited<Html>>;
  /** What whole pages show, by the list. */
  readonly found: Share<FoundMachines>;
}

/** From the store: the same for all people who look for the same machines. */
export interface FoundMachines {
  readonly page: MachinesPage;
  readonly counted: MachineCounts;
  readonly intervals: ReadonlyMap<string, readonly Interval[]>;
}

export interface AskedRows {
  readonly facts: ReadonlyMap<string, RowFacts>;
  readonly rows: readonly MachineRow[];
  readonly counted: MachineCounts;
}

/** @param latest names the last hint that is known, here or to a page */
export function createSharedRows(latest: () => string): SharedRows {
  return {
    facts: createShareOfMany(latest),
    counted: createShare(latest),
    rows: createShareOfMany(latest),
    asked: createShare(latest),
    texts: createShare(latest),
    pieces: createShare(latest),
    found: createShare(latest),
  };
}

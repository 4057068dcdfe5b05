/** The rows that all open pages read again after a hint. */
import type { Html } from '../page.ts';
import { createShare, type Share } from '../shared.ts';
import type { RowFacts } from './row.ts';

export interface SharedRows {
  readonly facts: Share<readonly RowFacts[]>;
  /** The rows as people with the same rights see them. */
  readonly pieces: Share<Awaited<Html>>;
}

/** @param latest names the last hint */
export function createSharedRows(latest: () => string): SharedRows {
  return { facts: createShare(latest), pieces: createShare(latest) };
}

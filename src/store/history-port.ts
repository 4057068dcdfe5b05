/** The part of the store port that is about history: what savings, regret and replay are computed from. */
import type { StopRecord } from '../domain/stop-record.ts';

export interface HistoryStore {
  /** The stops of ours that lasted at some moment between the two, oldest first. Milliseconds since the epoch. */
  stops(query: StopsQuery): Promise<readonly StopRecord[]>;
}

export interface StopsQuery {
  readonly since: number;
  readonly until: number;
  readonly instances?: readonly string[] | undefined;
}

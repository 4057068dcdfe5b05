/** The part of the store port that is about history: what savings, regret and replay are computed from. */
import type { AlertSpan } from '../domain/alert-span.ts';
import type { PastJudgement } from '../domain/circumstances.ts';
import type { StopRecord } from '../domain/stop-record.ts';

export interface HistoryStore {
  /** The stops of ours that lasted at some moment between the two, oldest first. Milliseconds since the epoch. */
  stops(query: StopsQuery): Promise<readonly StopRecord[]>;

  /** A page of the stops, from the one that was changed first. Milliseconds since the epoch. */
  changedStops(query: ChangedQuery): Promise<ChangedStops>;

  /** The first sign of use after the machine of this stop was back. A later one than the known one changes nothing. */
  recordUse(operation: string, at: number, now: number): Promise<void>;

  /** The stretches in which alerts asked for something at some moment between the two, by their beginning. Those that fire last on. */
  alertSpans(query: StopsQuery): Promise<readonly AlertSpan[]>;

  /** What an operation was judged by, each once, in the order in which it was first judged by. */
  judgements(operation: string): Promise<readonly PastJudgement[]>;
  /** Keeps a version of the settings, as they are shown to people. */
  keepSettings(version: string, content: string, now: number): Promise<void>;
}

export interface StopsQuery {
  readonly since: number;
  readonly until: number;
  readonly instances?: readonly string[] | undefined;
}

export interface ChangedQuery {
  /** The last one of the page before. */
  readonly after?: ChangeCursor | undefined;
  readonly limit: number;
}

export interface ChangedStops {
  readonly stops: readonly ChangedStop[];
  /** The last one of the page, after which the next page begins. Absent where there is none. */
  readonly last?: ChangeCursor;
  readonly hasMore: boolean;
}

export interface ChangedStop extends StopRecord {
  readonly changedAt: number;
}

export interface ChangeCursor {
  readonly changedAt: number;
  readonly operation: string;
}

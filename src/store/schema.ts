/** The tables, and what their rows mean. Times are milliseconds since the epoch. */
import type { Generated } from 'kysely';

export interface Database {
  operation: OperationRow;
  trail: TrailRow;
  episode: EpisodeRow;
  setting: SettingRow;
}

export interface OperationRow {
  /** UUIDv7: sorts by the time it was made. */
  id: string;
  /** Equal for intents that are the same work; unique among the open ones. */
  work_key: string;
  state: string;
  verb: string;
  target: string;
  /** The whole intent, as JSON. */
  intent: string;
  attempts: number;
  reason: string | null;
  message: string | null;
  instance_id: string | null;
  /** `Place` and `Acted`, as JSON. */
  place: string | null;
  acted: string | null;
  created_at: number;
  accepted_at: number | null;
  ended_at: number | null;
  /** The one timestamp that drives schedule, retry, the worker's claim and recovery after a crash. */
  available_at: number;
  /** Whoever may write this row while `available_at` lies ahead; null when nobody works on it. */
  owner: string | null;
}

export interface TrailRow {
  id: Generated<number>;
  operation_id: string;
  at: number;
  /** A `TrailEntry`, as JSON. */
  entry: string;
}

/** Which operation last served a firing episode of an alert. */
export interface EpisodeRow {
  key: string;
  operation_id: string;
  seen_at: number;
}

export interface SettingRow {
  key: string;
  value: string;
}

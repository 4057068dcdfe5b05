/** The rows of history that intake writes. Times are milliseconds since the epoch. */
import type { Generated } from 'kysely';

export interface AlertSpanTable extends AlertSpanRow {
  id: Generated<number>;
}

/** See `Circumstances`. */
export interface CircumstancesRow {
  digest: string;
  /** As JSON. */
  content: string;
  /** When it was last judged by, up to a day later. */
  judged_at: number;
}

/** A configuration as it is shown: without secrets. */
export interface SettingsVersionRow {
  version: string;
  /** As JSON. */
  content: string;
  since_at: number;
  used_at: number;
}

/** See `PastJudgement`. */
export interface JudgementRow {
  operation_id: string;
  circumstances: string;
  settings: string;
  launched_at: number;
  first_at: number;
  last_at: number;
  times: number;
}

/** See `AlertSpan` and `LatestSpan`. */
export interface AlertSpanRow {
  /** A digest of the `spanKey`; null where a later stretch has begun. */
  latest_key: string | null;
  rule: string;
  fingerprint: string;
  /** An `AskedByAlert`, as JSON: equal texts are equal values. */
  asked: string;
  instance_id: string | null;
  /** A `Place`, as JSON. */
  place: string | null;
  /** The operation of its first copy. */
  operation_id: string;
  since_at: number;
  until_at: number;
  /** `LASTS` while it fires. */
  ended_at: number;
  /** Null while it fires. */
  ending: string | null;
  starts_at: number | null;
  again_at: number | null;
  heard: number;
}

/** The rows of history that intake writes. Times are milliseconds since the epoch. */
import type { Generated } from 'kysely';

export interface AlertSpanTable extends AlertSpanRow {
  id: Generated<number>;
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

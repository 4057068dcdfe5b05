/** The tables, and what their rows mean. Times are milliseconds since the epoch. */
import type { Generated } from 'kysely';

export interface Database {
  operation: OperationRow;
  audit: AuditTable;
  episode: EpisodeRow;
  setting: SettingRow;
  ledger: LedgerRow;
  token: TokenRow;
  word: WordRow;
  signature: SignatureRow;
}

export interface OperationRow {
  /** UUIDv7: sorts by the time it was made. */
  id: string;
  /** Equal for intents that are the same work; unique among the open ones. */
  work_key: string;
  state: string;
  verb: string;
  target: string;
  /** 0 or 1: SQLite has no other words for it. */
  dry_run: number;
  /** The whole intent, as JSON. */
  intent: string;
  attempts: number;
  reason: string | null;
  message: string | null;
  instance_id: string | null;
  /** The machine's tag `Name` when it was last looked at. */
  instance_name: string | null;
  held_until: number | null;
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

export interface AuditTable extends AuditRow {
  id: Generated<number>;
}

export interface AuditRow {
  at: number;
  event: string;
  /** Deleted with the operation. */
  operation_id: string | null;
  delivery_id: string | null;
  who: string | null;
  /** The whole entry, as JSON; the columns beside it are what it is looked for by. */
  entry: string;
}

/** Which operation last served an episode of an alert, and whether the episode is over. */
export interface EpisodeRow {
  key: string;
  /** Null when it was over before an operation served it. */
  operation_id: string | null;
  seen_at: number;
  /** When it was said to be over; null while the alert stands behind the operation. */
  resolved_at: number | null;
  /** A `Cause`, as JSON; null where an older version wrote the row, and where no operation serves it. */
  cause: string | null;
}

export interface SettingRow {
  key: string;
  value: string;
}

export interface TokenRow {
  /** Of the token's text, which is nowhere. */
  sha256: string;
  /** Unique among those that are not revoked. */
  name: string;
  /** `Scope[]` and `Selector`, as JSON. */
  scopes: string;
  selector: string | null;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
}

/** When the operator acted of its own accord: what limits are counted by. */
export interface LedgerRow {
  key: string;
  operation_id: string;
  at: number;
}

/** What a person has said about a machine: see `Word`. */
export interface WordRow {
  instance_id: string;
  verb: string;
  kind: string;
  at: number;
  who: string;
}

/** A signed delivery that has come. */
export interface SignatureRow {
  digest: string;
  seen_at: number;
  /** Until then a delivery with the same signature is a copy of it. */
  expires_at: number;
}

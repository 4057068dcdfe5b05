/** The tables and their rows. Times are milliseconds since the epoch. */
import type { Generated, Kysely, Transaction as KyselyTransaction } from 'kysely';
import type { AlertSpanTable, CircumstancesRow, JudgementRow, SettingsVersionRow } from './history-schema.ts';
import type {
  EndedSessionRow,
  IntervalRow,
  MachineSeenTable,
  MachineTable,
  StopRow,
  WishRow,
  WatchRow,
  VolumeColumns,
} from './machine-schema.ts';

export type Db = Kysely<Database>;
export type Transaction = KyselyTransaction<Database>;

export interface Database {
  operation: OperationRow;
  audit: AuditTable;
  episode: EpisodeRow;
  setting: SettingRow;
  ledger: LedgerRow;
  token: TokenRow;
  word: WordRow;
  signature: SignatureRow;
  hold: HoldRow;
  lease: LeaseRow;
  pause: PauseRow;
  schedule: ScheduleRow;
  notice: NoticeTable;
  link_key: LinkKeyRow;
  machine: MachineTable & VolumeColumns;
  machine_seen: MachineSeenTable;
  interval: IntervalRow;
  stop: StopRow;
  wish: WishRow;
  alert_span: AlertSpanTable;
  list_price: ListPriceRow;
  circumstances: CircumstancesRow;
  settings_version: SettingsVersionRow;
  judgement: JudgementRow;
  watch: WatchRow;
  ended_session: EndedSessionRow;
}

export interface OperationRow {
  /** UUIDv7: sorts by creation time. */
  id: string;
  /** Equal for intents that are the same work; unique among open operations. */
  work_key: string;
  state: string;
  verb: string;
  target: string;
  /** 0 or 1: SQLite has no booleans. */
  dry_run: number;
  /** The whole intent, as JSON. */
  intent: string;
  attempts: number;
  reason: string | null;
  message: string | null;
  instance_id: string | null;
  /** The machine's tag `Name` when it was last looked at. */
  instance_name: string | null;
  /** Whom the machine belonged to then; null in rows of older versions. */
  instance_owner: string | null;
  instance_type: string | null;
  /** What besides the type decides its price, as JSON. */
  billing: string | null;
  /** `Address[]`, as JSON; null in rows of older versions, and where nobody is reached. */
  audience: string | null;
  /** Of a dry run: the guard that would hold it back. */
  held_by: string | null;
  held_until: number | null;
  /** `Warned`, as JSON. */
  warned: string | null;
  /** `Place` and `Acted`, as JSON. */
  place: string | null;
  acted: string | null;
  /** When its call was last handed to the client of EC2; null while it certainly was not. See `readSentAt`. */
  sent_at: number | null;
  created_at: number;
  accepted_at: number | null;
  ended_at: number | null;
  /** The one timestamp that drives schedule, retry, the worker's claim and recovery after a crash. */
  available_at: number;
  /** The worker that has claimed it until `available_at`; null while it is unclaimed. */
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
  /** Of entries about a hold or a lease. */
  instance_id: string | null;
  /** The whole entry, as JSON. The other columns are for queries. */
  entry: string;
  /** A digest; null where nothing can repeat the entry any more. */
  repeat_key: string | null;
  /** A digest of what a repetition says again. */
  content: string | null;
  /** How often it came, and when last; null where it was not repeated. */
  times: number | null;
  last_at: number | null;
}

/** An episode of an alert: the operation that served it last, and whether it is over. */
export interface EpisodeRow {
  key: string;
  /** Null when the episode was over before an operation served it. */
  operation_id: string | null;
  seen_at: number;
  /** When it ended; null while the alert still asks for the operation. */
  resolved_at: number | null;
  /** A `Cause`, as JSON; null where an older version wrote the row, and where no operation serves it. */
  cause: string | null;
  /** As `alertKey`; null where an older version wrote the row, where no operation serves it, and for an alert without a date. */
  alert: string | null;
}

export interface SettingRow {
  key: string;
  value: string;
}

export interface TokenRow {
  /** Of the token's text, which is not stored. */
  sha256: string;
  /** Unique among tokens that are not revoked. */
  name: string;
  /** `Scope[]` and `Selector`, as JSON. */
  scopes: string;
  selector: string | null;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
}

/** An automatic act, which counts for limits. */
export interface LedgerRow {
  key: string;
  operation_id: string;
  at: number;
}

/** See `Word`. */
export interface WordRow {
  instance_id: string;
  verb: string;
  kind: string;
  at: number;
  who: string;
}

/** The signature of a delivery. */
export interface SignatureRow {
  digest: string;
  seen_at: number;
  /** Until then a delivery with the same signature is a copy of it. */
  expires_at: number;
}

/** See `Hold`. A row is kept for a while after its end: limits count how long a machine was held. */
export interface HoldRow {
  instance_id: string;
  holder: string;
  who: string;
  since_at: number;
  until_at: number;
  why: string | null;
  /** A `Place`, as JSON; null where EC2 could not be asked. */
  place: string | null;
  instance_name: string | null;
}

/** See `Lease`. At most one of a machine has not ended. */
export interface LeaseRow {
  id: string;
  instance_id: string;
  since_at: number;
  until_at: number;
  /** When its stop comes in, or is asked for again if it has failed. */
  ask_at: number;
  length_ms: number;
  who: string;
  why: string | null;
  place: string | null;
  instance_name: string | null;
  ended_at: number | null;
}

/** See `Pause`. */
export interface PauseRow {
  id: string;
  /** A `Selector`, as JSON; null for all machines. */
  selector: string | null;
  until_at: number | null;
  who: string;
  why: string;
  created_at: number;
  ended_at: number | null;
}

/** See `KeptSchedule`. */
export interface ScheduleRow {
  instance_id: string;
  /** A `Place`, as JSON. */
  place: string;
  schedule_group: string;
  role_arn: string;
  at: number;
  /** 0 or 1. */
  is_sure: number;
  /** The replica that is about to change it in EventBridge; null while none is. */
  owner: string | null;
  claimed_until: number | null;
}

export interface NoticeTable extends NoticeRow {
  /** Increases within a thread. */
  number: Generated<number>;
}

/** See `Notice`. */
export interface NoticeRow {
  id: string;
  channel: string;
  /** Empty: whoever reads the channel. */
  recipient: string;
  kind: string;
  subject: string;
  /** The id of an operation, for notices about one. */
  thread: string;
  instance_id: string | null;
  instance_name: string | null;
  /** Of a warning: `Warned.at`. */
  warned_at: number | null;
  /** 0 or 1. */
  follows: number;
  /** `News`, as JSON. */
  news: string;
  state: string;
  /** Begun ones. */
  attempts: number;
  /** Drives the first attempt, the next one, and the end of a claim. */
  available_at: number;
  owner: string | null;
  reference: string | null;
  error: string | null;
  created_at: number;
  sent_at: number | null;
  /** Null while it is pending. */
  settled_at: number | null;
}

/** A key that signs links, or has signed them. One has not been retired. */
export interface LinkKeyRow {
  kid: string;
  secret: string;
  created_at: number;
  retired_at: number | null;
}

interface ListPriceRow {
  /** Of `priceKey`. */
  key: string;
  per_hour: number | null;
  told_at: number;
}

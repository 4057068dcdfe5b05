/** What the log holds. Times are milliseconds since the epoch. */
import type { AlertIdentity } from '../domain/intend.ts';
import type { Origin, Receipt } from '../domain/receipt.ts';
import { TRAIL_EVENTS, type TrailEntry } from '../domain/trail.ts';

export const AUDIT_EVENTS = ['delivery', 'receipt', ...TRAIL_EVENTS, 'token'] as const;
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

/** Who has caused an entry. Of what a worker finds out by itself there is nobody to name. */
export interface Caused {
  /** The name of the token. */
  readonly who: string;
  readonly remote: string;
  /** The id of the delivery that brought it about. */
  readonly delivery?: string;
}

/** One webhook POST, or one request by a person. */
export interface DeliveryEntry extends Caused, Omit<Origin, 'who'> {
  readonly at: number;
  readonly event: 'delivery';
  readonly delivery: string;
  readonly alerts: number;
  /** How many receipts had which outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** What was answered to an alert that neither opened nor joined an operation: of those, the operation's own entries tell. */
export interface ReceiptEntry extends Caused, AlertIdentity {
  readonly at: number;
  readonly event: 'receipt';
  readonly delivery: string;
  readonly outcome: Exclude<Receipt['outcome'], 'accepted' | 'joined'>;
  readonly reason?: string;
  readonly message?: string;
}

/** Who has made or revoked a token. */
export interface TokenActor {
  /** The name of the token that allowed it, or `command line`, which no token can be named. */
  readonly name: string;
  /** Absent where the store was opened without a server. */
  readonly remote?: string;
}

/** A token was made or revoked. */
export interface TokenEntry {
  readonly at: number;
  readonly event: 'token';
  readonly who: string;
  readonly remote?: string;
  readonly message: string;
}

/** What another version wrote and this one cannot read. */
export interface UnreadableEntry {
  readonly at: number;
  readonly event: 'unreadable';
  readonly who?: string;
  readonly message: string;
}

type AnyEntry = DeliveryEntry | ReceiptEntry | TokenEntry | TrailEntry;

export interface NewEntry {
  /** The operation that it belongs to, and goes with when that is forgotten. */
  readonly operation?: string;
  readonly entry: AnyEntry;
}

export type AuditEntry = (AnyEntry | UnreadableEntry) & {
  /** In the order in which they were written. */
  readonly id: number;
  readonly operation?: string;
};

export interface AuditQuery {
  readonly operation?: string | undefined;
  readonly event?: AuditEvent | undefined;
  readonly who?: string | undefined;
  /** From this time on, and before that one. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** 1 to 1001. */
  readonly limit: number;
  /** Only what comes after this one, newest first: what is older, or as old and written before. */
  readonly before?: { readonly at: number; readonly id: number } | undefined;
}

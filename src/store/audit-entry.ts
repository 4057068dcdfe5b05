/** What the log holds: types and schemas, from which the API derives its own. Times are milliseconds since the epoch. */
import * as z from 'zod';
import { ROUTES } from '../domain/intent.ts';
import { METHODS, RECEIPT_OUTCOMES } from '../domain/receipt.ts';
import { TRAIL_EVENTS, trailEntrySchema } from '../domain/trail.ts';

export const AUDIT_EVENTS = ['delivery', 'receipt', ...TRAIL_EVENTS, 'token'] as const;
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

const { at } = trailEntrySchema.shape;
const text = z.exactOptional(z.string());

/** Who has caused an entry. Of what a worker finds out by itself there is nobody to name. */
const caused = {
  delivery: z.string().meta({ description: 'The same for all that one delivery has brought about.' }),
  who: z.string().meta({ description: 'The name of the token.' }),
  remote: z.string().meta({ description: 'The address of the sender.' }),
};

export const deliveryEntrySchema = z.object({
  at,
  event: z.literal('delivery').meta({ description: 'A webhook, or a request by a person.' }),
  ...caused,
  method: z.enum(METHODS),
  route: z.enum(ROUTES),
  receiver: text,
  userAgent: text,
  truncatedAlerts: z.exactOptional(z.int()),
  traceId: text,
  alerts: z.int(),
  outcomes: z.record(z.string(), z.int()).meta({ description: 'How many receipts had which outcome.' }),
});

/** Of an alert that opened or joined an operation the operation's own entries tell. */
export const receiptEntrySchema = z.object({
  at,
  event: z.literal('receipt').meta({ description: 'An alert that neither opened nor joined an operation.' }),
  ...caused,
  fingerprint: z.string(),
  alertname: text,
  outcome: z.enum(RECEIPT_OUTCOMES).exclude(['accepted', 'joined']),
  reason: text,
  message: text,
});

export const tokenEntrySchema = z.object({
  at,
  event: z.literal('token').meta({ description: 'A token was made or revoked.' }),
  who: z.string().meta({ description: 'The name of the token that allowed it, or `command line`.' }),
  remote: z.exactOptional(caused.remote),
  message: z.string().meta({ description: 'The token with its scopes, its machines and its end.' }),
});

export const unreadableEntrySchema = z.object({
  at,
  event: z.literal('unreadable').meta({ description: 'Another version wrote the entry, and this one cannot read it.' }),
  who: z.exactOptional(caused.who),
  message: z.string(),
});

export const anyEntrySchema = z.discriminatedUnion('event', [
  deliveryEntrySchema,
  receiptEntrySchema,
  tokenEntrySchema,
  trailEntrySchema,
]);
type AnyEntry = Readonly<z.output<typeof anyEntrySchema>>;
export type UnreadableEntry = Readonly<z.output<typeof unreadableEntrySchema>>;

/** Who has made or revoked a token. */
export interface TokenActor {
  /** The name of the token that allowed it, or `command line`, which no token can be named. */
  readonly name: string;
  /** Absent where the store was opened without a server. */
  readonly remote?: string;
}

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
  readonly cursor?: { readonly at: number; readonly id: number } | undefined;
}

/** The entries of the log: types and schemas, from which the API derives its own. Times are milliseconds since the epoch. */
import * as z from 'zod';
import { ROUTES } from '../domain/intent.ts';
import { METHODS, RECEIPT_OUTCOMES } from '../domain/receipt.ts';
import { TRAIL_EVENTS, trailEntrySchema } from '../domain/trail.ts';

export const AUDIT_EVENTS = [
  'delivery',
  'receipt',
  ...TRAIL_EVENTS,
  'token',
  'hold',
  'lease',
  'pause',
  'link_key',
  'notice',
] as const;
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

const { at } = trailEntrySchema.shape;
const text = z.exactOptional(z.string());

const { times, lastAt } = trailEntrySchema.shape;

/** The cause of an entry: absent for what a worker has found out itself. */
const caused = {
  delivery: z.string().meta({ description: 'The same for all entries that one delivery has caused.' }),
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
  times,
  lastAt,
});

/** An alert that opened or joined an operation is in the operation's own entries instead. */
export const receiptEntrySchema = z.object({
  at,
  event: z.literal('receipt').meta({ description: 'An alert that neither opened nor joined an operation.' }),
  ...caused,
  fingerprint: z.string(),
  alertname: text,
  outcome: z.enum(RECEIPT_OUTCOMES).exclude(['accepted', 'joined']),
  reason: text,
  message: text,
  times,
  lastAt,
});

export const tokenEntrySchema = z.object({
  at,
  event: z.literal('token').meta({ description: 'A token was made or revoked.' }),
  who: z.string().meta({ description: 'The name of the token that allowed it, or `command line`.' }),
  remote: z.exactOptional(caused.remote),
  message: z.string().meta({ description: 'The token with its scopes, its machines and its end.' }),
});

export const pauseEntrySchema = z.object({
  at,
  event: z.literal('pause').meta({ description: 'A pause of automatic starts and stops was begun or ended.' }),
  who: caused.who,
  remote: caused.remote,
  message: z.string().meta({ description: 'The machines, the end and the reason of the pause.' }),
});

export const holdEntrySchema = z.object({
  at,
  event: z.literal('hold').meta({ description: 'A hold was made, its end moved, or it was released.' }),
  who: z.string().meta({ description: 'The name of the token.' }),
  remote: z.exactOptional(caused.remote),
  instance: z.string().meta({ description: 'The instance id of the machine.' }),
  message: z.string().meta({ description: 'The hold with its machine, its holder and its end.' }),
});

export const leaseEntrySchema = z.object({
  at,
  event: z.literal('lease').meta({ description: 'A lease was made, its end moved, or it was ended.' }),
  who: z.string().meta({ description: 'The name of the token, or the holder of the lease.' }),
  remote: z.exactOptional(caused.remote),
  instance: z.string().meta({ description: 'The instance id of the machine.' }),
  message: z.string().meta({ description: 'The lease with its machine, its holder and its end.' }),
});

export const linkKeyEntrySchema = z.object({
  at,
  event: z.literal('link_key').meta({ description: 'A new key for links was made.' }),
  who: z.string().meta({ description: 'The name of the token that allowed it, or `command line`.' }),
  remote: z.exactOptional(caused.remote),
  message: z.string().meta({ description: 'The name of the key. The key itself is never recorded.' }),
});

export const noticeEntrySchema = z.object({
  at,
  event: z.literal('notice').meta({ description: 'A person has tried a channel.' }),
  who: caused.who,
  remote: caused.remote,
  message: z.string().meta({ description: 'The channel.' }),
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
  pauseEntrySchema,
  holdEntrySchema,
  leaseEntrySchema,
  linkKeyEntrySchema,
  noticeEntrySchema,
  trailEntrySchema,
]);
type AnyEntry = Readonly<z.output<typeof anyEntrySchema>>;
export type UnreadableEntry = Readonly<z.output<typeof unreadableEntrySchema>>;

/** The maker or revoker of a token. */
export interface TokenActor {
  /** The name of the token that allowed it, or `command line`, a name that no token can have. */
  readonly name: string;
  /** Absent on the command line. */
  readonly remote?: string;
}

export interface NewEntry {
  /** Equal for all that one alert, or one group of alerts, of a sender leads to. An entry that says what the latest one says is counted there. */
  readonly repeats?: string;
  /** The operation that it belongs to. It is deleted with it. */
  readonly operation?: string;
  readonly entry: AnyEntry;
}

export type AuditEntry = (AnyEntry | UnreadableEntry) & {
  /** In the order in which they were written. */
  readonly id: number;
  readonly operation?: string;
  /** The target of its operation: an instance id, an address or a name. */
  readonly target?: string;
  /** The instance id of its machine, once it is known. */
  readonly instance?: string;
  /** Of an entry that was repeated: how often it came, and when last. */
  readonly times?: number;
  readonly lastAt?: number;
};

export interface AuditQuery {
  readonly operation?: string | undefined;
  readonly event?: AuditEvent | undefined;
  readonly who?: string | undefined;
  /** An instance id: entries about its holds and leases, and of its latest thousand operations. */
  readonly machine?: string | undefined;
  /** `since` is included, `until` is not. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** 1 to 1001. */
  readonly limit: number;
  /** Only older entries, and those of the same time with a lower id. */
  readonly cursor?: { readonly at: number; readonly id: number } | undefined;
}

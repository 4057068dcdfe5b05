/** A notice is one message about one thing, for one channel. It is durable, like an operation. */
import type { Address } from './notice-address.ts';
import * as z from 'zod';
import { CAUSE_KINDS } from './cause.ts';
import { VERBS } from './intent.ts';

/** Every kind of notice, and when it is written. */
export const NOTICE_KINDS = {
  warning: 'an automatic stop is to come, and people can still say no',
  kept: 'a warned stop waits because the machine is held or leased',
  stopped: 'a machine was stopped',
  not_stopped: 'a warned stop does not happen',
  capacity: 'a start waits because AWS has no such machine free, or has got through after that',
  ready: 'a machine that was started has passed its checks',
  failed: 'a start or a stop has failed',
  lease_ending: 'the lease of a machine is about to end; stands in for the warning where it is told',
  forgotten: 'a machine has been stopped for a long time, and its disks still cost money',
  digest: 'the sum of a week',
  test: 'a person tries the channel',
} as const;
export type NoticeKind = keyof typeof NOTICE_KINDS;

/** What a channel is told without the setting `tell`. */
export const TOLD_BY_DEFAULT = ['warning', 'kept', 'stopped', 'not_stopped', 'failed'] as const satisfies NoticeKind[];

/** These do not wait for the end of quiet hours. They go without sound. */
export const TOLD_AT_NIGHT: ReadonlySet<NoticeKind> = new Set(['warning', 'lease_ending', 'failed', 'test']);

const time = z.number();

/** The machine as a notice names it. All texts may come from tags. */
const machine = z.object({
  id: z.string(),
  name: z.exactOptional(z.string()),
  region: z.exactOptional(z.string()),
  account: z.exactOptional(z.string()),
  type: z.exactOptional(z.string()),
  owner: z.exactOptional(z.string()),
  /** What it costs an hour while it runs, as people read it: `$1.21 at list price (us-east-1, 2026-07-20)`. Absent where that is not known. */
  hourly: z.exactOptional(z.string()),
});

const about = { at: time, machine, operation: z.string() };

/** Why the machine is to stop, or has stopped. */
const grounds = {
  cause: z.enum(CAUSE_KINDS),
  /** The alert's name, the person's, or the holder's of the lease. */
  by: z.string(),
  /** What was observed, as the alert words it. */
  evidence: z.exactOptional(z.string()),
  /** Since when the alert fires; when the lease was made. */
  since: z.exactOptional(time),
  /** A stop erases its local disks. */
  losesDisk: z.exactOptional(z.boolean()),
};

const announcement = {
  ...about,
  ...grounds,
  /** As `Warned`. */
  warnedAt: time,
  stopsAt: time,
  isReminder: z.exactOptional(z.boolean()),
  /** Sent only if no other channel has told people by then. */
  isEscalation: z.exactOptional(z.boolean()),
};

const sums = {
  stops: z.number(),
  regrets: z.number(),
  savedMs: z.number(),
  /** Dollars; absent where no price is known. */
  atPrice: z.exactOptional(z.number()),
};

/** What stops of a week have saved. The texts may come from tags. */
const digest = z.object({
  kind: z.literal('digest'),
  /** The end of the week. */
  at: time,
  since: time,
  /** Whose machines it is about. */
  about: z.enum(['all', 'selected', 'own']),
  ...sums,
  /** Whose prices the dollars are by, as `at list price (us-east-1, 2026-07-20)`. */
  basis: z.string(),
  /** Dollars that the bill drops by, where it is less. */
  offBill: z.exactOptional(z.number()),
  /** The part of the hours without a known price, where the rest has one. In milliseconds. */
  unpricedMs: z.exactOptional(z.number()),
  waits: z.number(),
  waitedMs: z.number(),
  /** The most hours first. */
  machines: z.array(z.object({ name: z.string(), ...sums })),
  /** The most regrets first. */
  regretted: z.array(z.object({ name: z.string(), ...sums })),
  /** The sentence that follows from the record. */
  suggestion: z.exactOptional(z.string()),
  /** The stop that waits the longest, and why. */
  waiting: z.exactOptional(z.object({ name: z.string(), since: time, message: z.string() })),
});

/** The contents of a notice: facts, from which the message is made when it is sent. */
export const newsSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('warning'), ...announcement }),
  z.object({ kind: z.literal('lease_ending'), ...announcement }),
  z.object({
    kind: z.literal('kept'),
    ...about,
    by: z.enum(['hold', 'lease']),
    /** Absent where only a tag that is not understood says so. */
    until: z.exactOptional(time),
    /** The sentence of the operation. */
    message: z.string(),
    /** The machine was kept that often since then. */
    often: z.exactOptional(z.object({ times: z.number(), since: time })),
  }),
  z.object({ kind: z.literal('stopped'), ...about, ...grounds, message: z.string() }),
  z.object({ kind: z.literal('not_stopped'), ...about, reason: z.string(), message: z.string() }),
  z.object({
    kind: z.literal('capacity'),
    ...about,
    /** The start has got through. */
    isOver: z.boolean(),
    tries: z.number(),
    nextTryAt: z.exactOptional(time),
    message: z.string(),
  }),
  z.object({
    kind: z.literal('ready'),
    ...about,
    /** By which people reach it. */
    addresses: z.array(z.string()),
    /** The start, and the end of its checks. */
    since: z.exactOptional(time),
  }),
  z.object({ kind: z.literal('failed'), ...about, verb: z.enum(VERBS), reason: z.string(), message: z.string() }),
  digest,
  z.object({ kind: z.literal('test'), at: time, who: z.string() }),
]);
export type News = z.infer<typeof newsSchema>;
export type NewsMachine = z.infer<typeof machine>;
/** News of one machine, and of an operation on it. */
export type MachineNews = Exclude<News, { readonly kind: 'test' | 'digest' }>;

export function isAboutMachine(news: News): news is MachineNews {
  return 'machine' in news;
}

/** A notice that is to be written. */
export interface NewNotice extends Address {
  readonly news: News;
  /** Equal for the same thing: one channel is told it once. */
  readonly subject: string;
  /** Notices of one thread are sent in order, and in one message where the channel can. */
  readonly thread: string;
  /** Not before. */
  readonly availableAt: number;
  /** Written only where an earlier notice of its thread was, for the same address. */
  readonly follows?: true;
  /**
   * Of `kept`. If the machine was kept that often since then, this time included, the notice says how often; with `isOnlyThen` it is
   * written only then.
   */
  readonly counts?: { readonly times: number; readonly since: number; readonly isOnlyThen: boolean };
}

/** Ends the subject of a notice that says once more what people have heard. */
export const AGAIN = ':again';

/** `outdated`: it was not sent in time to be of use. */
export const NOTICE_STATES = ['pending', 'sent', 'failed', 'outdated'] as const;
export type NoticeState = (typeof NOTICE_STATES)[number];

export interface Notice extends Omit<NewNotice, 'follows' | 'counts'> {
  /** UUIDv7. Equal for every attempt. */
  readonly id: string;
  readonly state: NoticeState;
  readonly attempts: number;
  readonly createdAt: number;
  readonly sentAt?: number;
  /** The vendor's id of the message. */
  readonly reference?: string;
  /** Of the last attempt, without secrets. */
  readonly error?: string;
}

/** A warning that was written for a channel, and whether it was sent. Reminders included. */
export interface Told extends Address {
  /** As `Warned.at`: equal for all notices of the same warning. */
  readonly warnedAt: number;
  readonly state: NoticeState;
  readonly sentAt?: number;
}

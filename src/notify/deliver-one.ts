/** Takes one notice to its channel, and finds out what is to be written about it. */
import { setTimeout as delay } from 'node:timers/promises';
import { CLAIM_MS } from '../domain/claim-times.ts';
import { noticeDelayMs } from '../domain/backoff.ts';
import type { Message } from '../domain/message.ts';
import { fateOf, isTriedAgain, isUrgent } from '../domain/notice-fate.ts';
import type { Address } from '../domain/notice-address.ts';
import type { News } from '../domain/notice.ts';
import type { ClaimedNotice, NoticeOutcome } from '../store/notice-port.ts';
import { StoreUnavailableError } from '../store/port.ts';
import type { Channel, Delivered } from './channel.ts';

export interface DeliverParts {
  /** Whether the channel still reaches this address. */
  readonly mayReach: (address: Address) => boolean;
  /** Whether a channel tells programs, which cannot answer for people. */
  readonly leadsToProgram: (channel: string) => boolean;
  /** The message of a notice, with its links. */
  readonly compose: (notice: ClaimedNotice, news: News, now: number) => Promise<Message>;
  /** Whether the machine that was started passes EC2's checks. */
  readonly readiness: (news: ReadyNews) => Promise<Readiness>;
  /** How long a channel may take to answer, in milliseconds; by default HANGS_AFTER_MS, the most. */
  readonly hangsAfterMs?: number;
  /** By which people reach a machine now. */
  readonly addressesOf: (news: ReadyNews) => Promise<readonly string[]>;
  readonly clock: () => number;
  readonly random: () => number;
  /** A fault of a channel, which is ours. */
  readonly onFault: (what: string, error: unknown, operation?: string) => void;
}

export type ReadyNews = Extract<News, { readonly kind: 'ready' }>;

/** `gone`: it does not run any more. */
export type Readiness = 'ready' | 'not_yet' | 'gone';

export interface Tried {
  readonly outcome: NoticeOutcome;
  /** The channel had it. */
  readonly isHanded: boolean;
  /** The channel wants no message for so long, in milliseconds. */
  readonly pauseMs?: number;
}

/** A channel that has not answered by then hangs, in milliseconds. The limits of the channels themselves are shorter. */
const HANGS_AFTER_MS = CLAIM_MS.notice - 30_000;

/** How soon a machine that is not ready is looked at again, and when it is given up. In milliseconds. */
const NOT_READY_MS = 15_000;
const READY_WITHIN_MS = 30 * 60_000;

/** No vendor puts messages off for longer, in milliseconds. */
const LONGEST_PAUSE_MS = 3_600_000;

/** It is tried again: while a new configuration is rolled out, replicas with the old one claim notices, too. */
const ASTRAY: Delivered = {
  outcome: 'later',
  error: 'the settings of this replica do not let the channel write to this address',
};

/** Rejects when EC2 cannot be asked; nothing was sent then. */
export async function deliverOne(
  parts: DeliverParts,
  channel: Channel,
  notice: ClaimedNotice,
  signal: AbortSignal,
): Promise<Tried> {
  const fate = fateOf(notice, parts.clock(), parts.leadsToProgram);
  if (fate.fate === 'outdated') return { outcome: { outcome: 'outdated', error: fate.why }, isHanded: false };
  if (!parts.mayReach(notice)) return { ...triedOf(parts, notice, ASTRAY), isHanded: false };
  const unready = fate.news.kind === 'ready' ? await waitForReady(parts, fate.news, notice) : undefined;
  if (unready !== undefined) return { outcome: unready, isHanded: false };
  const news = await completed(parts, fate.news);
  return { ...triedOf(parts, notice, await hand(parts, channel, { notice, news }, signal)), isHanded: true };
}

/** @returns undefined when it is ready */
async function waitForReady(
  { readiness, clock }: DeliverParts,
  news: ReadyNews,
  { createdAt, operation }: ClaimedNotice,
): Promise<NoticeOutcome | undefined> {
  // A person has asked to be told, and EC2 may have no such machine free for hours.
  if (operation?.isOpen === true)
    return { outcome: 'later', at: clock() + NOT_READY_MS, error: 'the machine has not started yet' };
  const found = await readiness(news);
  if (found === 'ready') return undefined;
  if (found === 'gone') return { outcome: 'outdated', error: 'the machine does not run any more' };
  const now = clock();
  // A person may have asked to be told long before the start got through.
  if (now >= Math.max(createdAt, operation?.endedAt ?? 0) + READY_WITHIN_MS)
    return { outcome: 'outdated', error: "the machine has not passed EC2's status checks within 30 minutes" };
  return { outcome: 'later', at: now + NOT_READY_MS, error: "the machine has not passed EC2's status checks yet" };
}

/** The addresses were not known when a person asked to be told. */
async function completed({ addressesOf }: DeliverParts, news: News): Promise<News> {
  if (news.kind !== 'ready' || news.addresses.length > 0) return news;
  return { ...news, addresses: [...(await addressesOf(news))] };
}

/** A channel that hangs or rejects has a fault. That is told loudly, and the notice is tried again all the same. */
async function hand(
  parts: DeliverParts,
  channel: Channel,
  { notice, news }: { readonly notice: ClaimedNotice; readonly news: News },
  signal: AbortSignal,
): Promise<Delivered> {
  const { id, channel: name, recipient, thread, earlier } = notice;
  const fault = (what: string, error: unknown): Delivered => {
    parts.onFault(`the channel ${name} ${what}`, error, thread);
    return { outcome: 'later', error: `a fault of ec2-operator itself: the channel ${what}` };
  };
  const over = new AbortController();
  const { hangsAfterMs = HANGS_AFTER_MS } = parts;
  const hangs = delay(hangsAfterMs, undefined, { signal: over.signal, ref: false }).then(() =>
    fault('hangs', new Error(`no answer after ${hangsAfterMs} ms`)),
  );
  // It is aborted as soon as there is an answer.
  hangs.catch(() => undefined);
  try {
    const now = parts.clock();
    const letter = {
      id,
      channel: name,
      message: await parts.compose(notice, news, now),
      news,
      now,
      thread,
      ...(recipient === undefined ? {} : { recipient }),
      ...(earlier === undefined ? {} : { earlier }),
    };
    return await Promise.race([channel.deliver(letter, AbortSignal.any([signal, over.signal])), hangs]);
  } catch (error) {
    // The keys of links are in the store.
    if (error instanceof StoreUnavailableError) throw error;
    return fault('has failed', withoutMessage(error));
  } finally {
    over.abort();
  }
}

/** The message of an unexpected error may hold the channel's URL, which is a secret. The stack says where it was thrown. */
function withoutMessage(error: unknown): Error {
  const told = new Error(error instanceof Error ? `${error.name}, whose message may hold a secret` : 'not an error');
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  told.stack = [`Error: ${told.message}`, ...frames].join('\n');
  return told;
}

function triedOf(
  { clock, random }: DeliverParts,
  notice: ClaimedNotice,
  delivered: Delivered,
): Omit<Tried, 'isHanded'> {
  switch (delivered.outcome) {
    case 'sent':
      return { outcome: delivered };
    case 'never':
      return { outcome: { outcome: 'failed', error: delivered.error } };
    case 'later': {
      const { error, afterMs } = delivered;
      const now = clock();
      const pause = afterMs === undefined ? {} : { pauseMs: Math.min(LONGEST_PAUSE_MS, afterMs) };
      if (!isTriedAgain(notice, now)) return { outcome: { outcome: 'failed', error: `given up: ${error}` }, ...pause };
      // A vendor that says 0 is not asked without a break.
      const attempts = afterMs === undefined ? notice.attempts : 1;
      const delayMs = noticeDelayMs(attempts, isUrgent(notice.news), random());
      return { outcome: { outcome: 'later', at: now + Math.max(pause.pauseMs ?? 0, delayMs), error }, ...pause };
    }
  }
}

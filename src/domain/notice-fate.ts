/** What becomes of a notice that is due: much can have changed since it was written. */
import type { News, Notice, Told } from './notice.ts';
import { stopAfterTelling } from './delivery.ts';
import type { Warned } from './warned.ts';

/** How long a notice is tried that announces nothing, in milliseconds. */
const TRIED_MS = 24 * 3_600_000;

/** It takes some quarters of an hour until a notice was tried that often. */
const LEAST_TRIES = 6;

/** A later one tells of a week that nobody thinks of any more, in milliseconds. */
export const DIGEST_OF_USE_MS = 24 * 3_600_000;

/** A person who tries a channel does not wait longer, in milliseconds. */
const TEST_TRIED_MS = 5 * 60_000;

type Announcement = Extract<News, { readonly kind: 'warning' | 'lease_ending' }>;

/** A notice, and what is known of its thread and its operation now. */
export interface DueNotice extends Pick<Notice, 'news'> {
  readonly follows: boolean;
  readonly wasTold: boolean;
  readonly isOvertaken: boolean;
  readonly operation?: { readonly isOpen: boolean; readonly isUnderWay?: true; readonly warned?: Warned };
  readonly told: readonly Told[];
}

export type Fate =
  /** As it is to be told now. */
  | { readonly fate: 'told'; readonly news: News }
  /** It would tell people what is not so any more, or what they need not know. */
  | { readonly fate: 'outdated'; readonly why: string };

/** @param leadsToProgram whether a channel tells programs, which cannot answer for people */
export function fateOf(notice: DueNotice, now: number, leadsToProgram: (channel: string) => boolean): Fate {
  const { news, follows, wasTold, isOvertaken, told } = notice;
  if (follows && !wasTold) return outdated('it follows a notice that was not sent');
  if (isOvertaken) return outdated('a later notice was sent before this one was due');
  if (news.kind === 'digest' && now > news.at + DIGEST_OF_USE_MS)
    return outdated('it is more than a day late: the savings page has the week');
  if (!isAnnouncement(news)) return { fate: 'told', news };
  const people = told.filter(({ channel }) => !leadsToProgram(channel));
  if (news.isEscalation === true && people.some((one) => one.warnedAt === news.warnedAt && one.state === 'sent'))
    return outdated('another channel has told people');
  return fateOfWarning(news, people.length > 0 ? people : told, notice, now);
}

function outdated(why: string): Fate {
  return { fate: 'outdated', why };
}

function fateOfWarning(
  news: Announcement,
  told: readonly Told[],
  { operation }: Pick<DueNotice, 'operation'>,
  now: number,
): Fate {
  if (operation?.isOpen !== true) return outdated('its operation has ended');
  // The stop has gone on without a warning that was delivered, so nobody has time to answer any more.
  if (operation.isUnderWay === true) return outdated('the machine is being stopped');
  const { warned } = operation;
  if (warned === undefined) return outdated('the stop does not wait for the warning any more');
  if (warned.at !== news.warnedAt) return outdated('people are warned afresh');
  const stopsAt = timeOnceTold(news, warned, told, now);
  return stopsAt <= now ? outdated('the time of the stop has come') : { fate: 'told', news: { ...news, stopsAt } };
}

/** Who hears of a stop late has as long to answer as if the warning had been sent at once. */
function timeOnceTold(news: Announcement, warned: Warned, told: readonly Told[], now: number): number {
  if (warned.toldAt !== undefined) return warned.stopsAt;
  const times = told.flatMap((one) => (one.warnedAt === news.warnedAt ? (one.sentAt ?? []) : []));
  return stopAfterTelling({ at: news.warnedAt, stopsAt: news.stopsAt }, Math.min(...times, now));
}

/** People have to answer within minutes, or wait for it. */
export function isUrgent({ kind }: Pick<News, 'kind'>): boolean {
  return kind === 'warning' || kind === 'lease_ending' || kind === 'ready' || kind === 'test';
}

/**
 * Whether a notice that could not be sent is tried again. A warning is tried as long as its operation waits. One that was first tried
 * long after it was written, because the program did not run, has its tries all the same.
 */
export function isTriedAgain(
  { news, createdAt, attempts }: Pick<Notice, 'news' | 'createdAt' | 'attempts'>,
  now: number,
): boolean {
  if (isAnnouncement(news)) return true;
  if (news.kind === 'test') return now < createdAt + TEST_TRIED_MS;
  return attempts < LEAST_TRIES || now < createdAt + TRIED_MS;
}

function isAnnouncement(news: News): news is Announcement {
  return news.kind === 'warning' || news.kind === 'lease_ending';
}

/** What further channels hear: nobody could be told of a stop, or a machine is kept again and again. */
import type { Address } from './notice-address.ts';
import type { News, NewNotice } from './notice.ts';
import { addressesOf, tellableAt, type ChannelRule, type Escalation, type TellingSettings } from './telling.ts';

/** The notices of a move, and what they are made of. */
export interface Made {
  readonly at: number;
  /** All that there is to tell, whoever is told which part of it. */
  readonly pieces: readonly Pick<NewNotice, 'news' | 'subject' | 'thread'>[];
  /** For the machine's own channels. */
  readonly notices: readonly NewNotice[];
}

/**
 * The notices for the machine's own channels, and those for further ones. A warning for a further channel is written with the warning
 * itself, due only later: so it is lost with nothing that happens in between, and needs no clock of its own.
 */
export function withEscalations(made: Made, telling: TellingSettings): readonly NewNotice[] {
  // Of two notices of the same thing the first is written: the one that says how often comes before the sequel of a warning.
  const byWeight = [
    ...telling.escalations.filter((escalation) => 'held' in escalation),
    ...telling.escalations.filter((escalation) => !('held' in escalation)),
  ];
  const further = byWeight.flatMap((escalation) => {
    const rule = telling.channels.find(({ name }) => name === escalation.to);
    if (rule === undefined) return [];
    const pieces = 'held' in escalation ? ofKept(made, rule, escalation) : ofUndelivered(made, rule, escalation);
    // A channel that writes to owners reaches nobody here: the owner is who could not be told.
    return addressesOf(rule).flatMap((address) =>
      pieces.filter(({ subject }) => !isOwn(made, address, subject)).map((piece) => ({ ...address, ...piece })),
    );
  });
  return [...made.notices.map((notice) => withCount(notice, made, telling)), ...further];
}

type Further = Omit<NewNotice, keyof Address>;

/** Whether it is told there anyway. */
function isOwn({ notices }: Made, { channel, recipient }: Address, subject: string): boolean {
  const own = notices.filter((notice) => notice.channel === channel && notice.recipient === recipient);
  return own.some((notice) => notice.subject === subject || `${notice.subject}${UNDELIVERED}` === subject);
}

const UNDELIVERED = ':undelivered';

type Undelivered = Extract<Escalation, { readonly undeliveredMs: number }>;
type Held = Extract<Escalation, { readonly held: number }>;

/** Who was told of the stop hears what becomes of it. */
const SEQUELS: ReadonlySet<News['kind']> = new Set(['kept', 'stopped', 'not_stopped', 'failed']);

function ofUndelivered(made: Made, rule: ChannelRule, { undeliveredMs }: Undelivered): readonly Further[] {
  return made.pieces.flatMap(({ news, subject, thread }): readonly Further[] => {
    if (SEQUELS.has(news.kind))
      return [{ news, subject, thread, availableAt: tellableAt(news.kind, rule, made.at), follows: true }];
    if ((news.kind !== 'warning' && news.kind !== 'lease_ending') || news.isReminder === true) return [];
    if (!made.notices.some((notice) => notice.subject === subject)) return [];
    const warning: News = { ...news, kind: 'warning', isEscalation: true };
    const availableAt = made.at + undeliveredMs;
    return [{ news: warning, subject: `${subject}${UNDELIVERED}`, thread, availableAt }];
  });
}

function ofKept(made: Made, rule: ChannelRule, escalation: Held): readonly Further[] {
  return made.pieces.flatMap(({ news, subject, thread }): readonly Further[] => {
    if (news.kind !== 'kept') return [];
    const availableAt = tellableAt(news.kind, rule, made.at);
    const counts = { ...countOf(escalation, made.at), isOnlyThen: true };
    return [{ news, subject, thread, availableAt, counts }];
  });
}

/** A channel that is told of every hold anyway is told how often, too. */
function withCount(notice: NewNotice, { at }: Made, { escalations }: TellingSettings): NewNotice {
  const found = escalations.find(({ to, ...escalation }) => to === notice.channel && 'held' in escalation);
  if (found === undefined || !('held' in found) || notice.news.kind !== 'kept') return notice;
  return { ...notice, counts: { ...countOf(found, at), isOnlyThen: false } };
}

function countOf({ held, withinMs }: Held, at: number): { readonly times: number; readonly since: number } {
  return { times: held, since: at - withinMs };
}

/** What people are told of a move, and where. Every notice is made here. */
import { observedBy } from './about.ts';
import { alertOf } from './cause.ts';
import type { ResolvedInstance } from './instance.ts';
import type { Intent } from './intent.ts';
import { isRepeat, type Move } from './move.ts';
import { withEscalations } from './escalation.ts';
import type { Address } from './notice-address.ts';
import { AGAIN, type MachineNews, type News, type NewNotice, type NewsMachine } from './notice.ts';
import type { Operation, Waiting } from './operation.ts';
import { createPrices, priceOf, tellPrice } from './price.ts';
import { hasScratchDisk } from './scratch-disk.ts';
import { tellableAt, type ChannelRule, type TellingSettings } from './telling.ts';
import { warningNews } from './warning.ts';
import type { Warned } from './warned.ts';

/** News of one thing. */
interface Piece {
  /** The first that a channel tells is what it is told. */
  readonly news: readonly MachineNews[];
  /** As `NewNotice.subject`. */
  readonly subject: string;
  readonly follows?: true;
}

/** A move on a machine that channels may reach. */
type TellableMove = Move & { readonly after: Operation & { readonly instance: ResolvedInstance } };

/** Repeats are told once, and dry runs not at all: only the end of a stop that was real when people were warned of it. */
export function noticesOf(move: Move, telling: TellingSettings): readonly NewNotice[] {
  const { after, at } = move;
  const { intent } = after;
  if (!isTellable(move) || isRepeat(move) || (intent.dryRun && intent.notLive !== true)) return [];
  const hourly = hourlyOf(move.after.instance, telling);
  const pieces = (intent.verb === 'stop' ? ofStop(move) : ofStart(move)).map((piece) => withHourly(piece, hourly));
  const rules = new Map(telling.channels.map((rule) => [rule.name, rule]));
  const audience = move.after.instance.audience ?? [];
  const notices = pieces.flatMap((piece) =>
    audience.flatMap((address) => {
      const rule = rules.get(address.channel);
      return rule === undefined ? [] : addressed(piece, rule, address, after.id, at);
    }),
  );
  const all = pieces.flatMap(({ news: [news], subject }) =>
    news === undefined ? [] : [{ news, subject, thread: after.id }],
  );
  const told = withEscalations({ at, pieces: all, notices }, telling);
  return intent.dryRun ? told.filter(({ follows }) => follows === true) : told;
}

/** @returns what the machine costs an hour, in the words of messages; undefined where that is not known */
function hourlyOf(machine: ResolvedInstance, { prices = createPrices() }: TellingSettings): string | undefined {
  const price = priceOf(machine, prices);
  return price && tellPrice(price);
}

function withHourly(piece: Piece, hourly: string | undefined): Piece {
  if (hourly === undefined) return piece;
  return { ...piece, news: piece.news.map((one) => ({ ...one, machine: { ...one.machine, hourly } })) };
}

function isTellable(move: Move): move is TellableMove {
  return (move.after.instance?.audience ?? []).length > 0;
}

function addressed(
  { news: choice, subject, follows }: Piece,
  rule: ChannelRule,
  address: Address,
  thread: string,
  at: number,
): readonly NewNotice[] {
  const news = choice.find(({ kind }) => rule.tells.has(kind));
  if (news === undefined) return [];
  const availableAt = tellableAt(news.kind, rule, at);
  return [{ ...address, news, subject, thread, availableAt, ...(follows === undefined ? {} : { follows }) }];
}

function ofStop(move: TellableMove): readonly Piece[] {
  const { before, after } = move;
  switch (after.state) {
    case 'waiting':
      return ofWaitingStop(move, before, after);
    case 'succeeded':
      if (after.reason !== 'state_reached') return [isOff(move, after)];
      return [
        {
          news: [{ kind: 'stopped', ...aboutMove(move), ...groundsOf(move), message: after.message }],
          subject: after.id,
        },
      ];
    case 'refused':
    case 'cancelled':
      return [isOff(move, after)];
    case 'failed':
      return [hasFailed(move, after)];
    case 'queued':
    case 'acting':
    case 'verifying':
      return [];
  }
}

function ofWaitingStop(move: TellableMove, before: Operation | undefined, after: Waiting): readonly Piece[] {
  const { began, reminded, answer } = warningNews(move);
  if (after.warned !== undefined && (began === true || reminded === true))
    return [announces(move, after.warned, began !== true)];
  if (after.reason === 'held' || after.reason === 'leased') {
    const { reason, message, until, isEndless } = after;
    if (before?.state === 'waiting' && before.reason === reason && isSaidAlready(before.message, message)) return [];
    const by = reason === 'held' ? 'hold' : 'lease';
    const end = isEndless === true ? {} : { until };
    return [
      {
        news: [{ kind: 'kept', ...aboutMove(move), by, ...end, message }],
        // Only the answer to a warning counts as one more time that the machine was kept.
        subject: `${after.id}:${move.at}${answer === undefined ? AGAIN : ''}`,
        follows: true,
      },
    ];
  }
  return answer === undefined || answer === 'agreed' ? [] : [isOff(move, after)];
}

function announces(move: TellableMove, { at: warnedAt, stopsAt }: Warned, isReminder: boolean): Piece {
  const announcement = {
    ...aboutMove(move),
    ...groundsOf(move),
    warnedAt,
    stopsAt,
    ...(isReminder ? { isReminder } : {}),
  };
  const warning: News = { kind: 'warning', ...announcement };
  const isOfLease = move.after.intent.cause.by === 'lease';
  return {
    news: isOfLease ? [{ kind: 'lease_ending', ...announcement }, warning] : [warning],
    subject: `${move.after.id}:${warnedAt}${isReminder ? AGAIN : ''}`,
  };
}

/** Of a stop that people were warned of: it ends otherwise, or waits. */
function isOff(move: TellableMove, { reason, message }: { readonly reason: string; readonly message: string }): Piece {
  return {
    news: [{ kind: 'not_stopped', ...aboutMove(move), reason, message }],
    subject: `${move.after.id}:${move.at}`,
    follows: true,
  };
}

function hasFailed(
  move: TellableMove,
  { reason, message }: { readonly reason: string; readonly message: string },
): Piece {
  const { verb } = move.after.intent;
  return { news: [{ kind: 'failed', ...aboutMove(move), verb, reason, message }], subject: move.after.id };
}

function ofStart(move: TellableMove): readonly Piece[] {
  const { after, entry } = move;
  const { id, attempts } = after;
  const about = aboutMove(move);
  switch (after.state) {
    case 'waiting': {
      if (after.reason !== 'capacity') return [];
      const { until: nextTryAt, message } = after;
      const news: News = { kind: 'capacity', ...about, isOver: false, tries: attempts, nextTryAt, message };
      return [{ news: [news], subject: `${id}:waits` }];
    }
    case 'succeeded': {
      if (after.reason !== 'state_reached') return [];
      const { message } = after;
      const { addresses = [] } = entry;
      const over: News = { kind: 'capacity', ...about, isOver: true, tries: attempts, message };
      return [
        { news: [over], subject: `${id}:through`, follows: true },
        { news: [{ kind: 'ready', ...about, addresses: [...addresses], since: after.createdAt }], subject: id },
      ];
    }
    case 'failed':
      return [hasFailed(move, after)];
    case 'queued':
    case 'acting':
    case 'verifying':
    case 'refused':
    case 'cancelled':
      return [];
  }
}

/** The facts that the notices of an operation begin with. */
export function aboutMove({
  after: { id, instance },
  at,
}: {
  readonly after: { readonly id: string; readonly instance: ResolvedInstance };
  readonly at: number;
}): {
  readonly at: number;
  readonly machine: NewsMachine;
  readonly operation: string;
} {
  return { at, machine: toNewsMachine(instance), operation: id };
}

function toNewsMachine({ id, place, name, owner, type }: ResolvedInstance): NewsMachine {
  return {
    id,
    ...place,
    ...(name === undefined ? {} : { name }),
    ...(type === undefined ? {} : { type }),
    ...(owner === undefined ? {} : { owner }),
  };
}

type Grounds = Pick<Extract<News, { readonly kind: 'stopped' }>, 'cause' | 'by' | 'evidence' | 'since' | 'losesDisk'>;

/** Why the machine is to stop, or has stopped. */
export function groundsOf({
  after: { instance, intent },
}: {
  readonly after: { readonly instance: ResolvedInstance; readonly intent: Intent };
}): Grounds {
  const { cause } = intent;
  const evidence = observedBy(alertOf(cause)?.about);
  const losesDisk = instance.type !== undefined && hasScratchDisk(instance.type);
  return {
    cause: cause.by,
    by: cause.by === 'alert' ? cause.alertname : cause.name,
    ...(evidence === undefined ? {} : { evidence }),
    ...(cause.by === 'person' ? {} : { since: cause.beganAt }),
    ...(losesDisk ? { losesDisk } : {}),
  };
}

/** A program renews its hold each minute, and moves its end a little. */
const RENEWED_MS = 30 * 60_000;

const MOMENT = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/g;

/** Whether people have heard it: the same holders say so, and the end is about the same. */
function isSaidAlready(old: string, now: string): boolean {
  const endOf = (message: string): number =>
    Math.max(0, ...[...message.matchAll(MOMENT)].map(([text]) => Date.parse(text)));
  const hasSameWords = old.replaceAll(MOMENT, '') === now.replaceAll(MOMENT, '');
  return hasSameWords && Math.abs(endOf(now) - endOf(old)) <= RENEWED_MS;
}

/** Writes notices, each once. */
import { randomUUIDv7 } from 'node:crypto';
import type { Move } from '../domain/move.ts';
import {
  AGAIN,
  type NewNotice,
  type News,
  type NewsMachine,
  type NoticeKind,
  type NoticeState,
} from '../domain/notice.ts';
import { clampTime } from '../domain/time.ts';
import { chunks, readChunks } from './chunks.ts';
import { storable } from './rows.ts';
import type { NoticeRow, Transaction } from './schema.ts';

/** Tells the sending loops of all processes, once the transaction is committed. */
export type Announce = (transaction: Transaction) => Promise<void>;

/** A row has some twenty values, and a statement at most 32,766 on SQLite. */
const ROWS = 128;

/** @returns the rows that were written; a notice that was written before is left out */
export async function writeNotices(
  transaction: Transaction,
  notices: readonly { readonly notice: NewNotice; readonly at: number }[],
  announce: Announce,
): Promise<readonly NoticeRow[]> {
  const wanted = await withCounts(transaction, await withoutLoose(transaction, notices));
  if (wanted.length === 0) return [];
  const rows = wanted.map(({ notice, at }) => newRow(notice, at));
  const ids = new Set<string>();
  for (const some of chunks(rows, ROWS)) {
    const written = await transaction
      .insertInto('notice')
      .values(some)
      .onConflict((conflict) => conflict.columns(['subject', 'kind', 'channel', 'recipient']).doNothing())
      .returning('id')
      .execute();
    for (const { id } of written) ids.add(id);
  }
  if (ids.size > 0) await announce(transaction);
  return rows.filter(({ id }) => ids.has(id));
}

/** Without those that follow no notice of their thread. */
async function withoutLoose<N extends { readonly notice: NewNotice }>(
  transaction: Transaction,
  notices: readonly N[],
): Promise<readonly N[]> {
  const threads = notices.flatMap(({ notice }) => (notice.follows === true ? [notice.thread] : []));
  if (threads.length === 0) return notices;
  const earlier = await readChunks(threads, async (some) =>
    transaction.selectFrom('notice').select(['thread', 'channel', 'recipient']).where('thread', 'in', some).execute(),
  );
  const begun = new Set(earlier.map(({ thread, channel, recipient }) => lineKey(thread, channel, recipient)));
  return notices.filter(({ notice: { thread, channel, recipient = '', follows } }) => {
    const key = lineKey(thread, channel, recipient);
    if (follows === true) return begun.has(key);
    begun.add(key);
    return true;
  });
}

/** With how often their machines were kept, and without those that are told only of many times. */
async function withCounts<N extends { readonly notice: NewNotice }>(
  transaction: Transaction,
  notices: readonly N[],
): Promise<readonly N[]> {
  const counting = notices.flatMap(({ notice: { news, counts } }) => {
    const id = machineOf(news)?.id;
    return counts === undefined || id === undefined ? [] : [{ id, since: counts.since }];
  });
  if (counting.length === 0) return notices;
  const earliest = Math.min(...counting.map(({ since }) => since));
  const kept = await readChunks(
    counting.map(({ id }) => id),
    async (some) =>
      transaction
        .selectFrom('notice')
        .select((row) => ['instance_id', 'subject', row.fn.min('created_at').as('at')])
        .where('instance_id', 'in', some)
        .where('kind', '=', 'kept' satisfies NoticeKind)
        .where('subject', 'not like', `%${AGAIN}`)
        .where('created_at', '>=', earliest)
        .groupBy(['instance_id', 'subject'])
        .execute(),
  );
  return notices.flatMap((one): readonly N[] => {
    const { notice } = one;
    const { news, subject, counts } = notice;
    if (counts === undefined || news.kind !== 'kept') return [one];
    const { since, times: least, isOnlyThen } = counts;
    const earlier = kept.filter(
      (row) => row.instance_id === news.machine.id && row.subject !== subject && row.at >= since,
    );
    const times = earlier.length + (subject.endsWith(AGAIN) ? 0 : 1);
    if (times < least) return isOnlyThen ? [] : [one];
    return [{ ...one, notice: { ...notice, news: { ...news, often: { times, since } } } }];
  });
}

/** How a notice ends that nobody got. */
const UNSENT = ['failed', 'outdated'] as const satisfies NoticeState[];

/** Equal for the notices that are sent in order. */
export function lineKey(thread: string, channel: string, recipient: string): string {
  return JSON.stringify([thread, channel, recipient]);
}

function newRow(notice: NewNotice, at: number): NoticeRow {
  const { channel, recipient = '', news, subject, thread, availableAt, follows = false } = notice;
  const machine = machineOf(news);
  return {
    id: randomUUIDv7(),
    channel,
    recipient,
    kind: news.kind,
    subject,
    thread,
    instance_id: machine?.id ?? null,
    instance_name: machine?.name ?? null,
    warned_at: storable('warnedAt' in news ? news.warnedAt : undefined),
    follows: Number(follows),
    news: JSON.stringify(news),
    state: 'pending',
    attempts: 0,
    available_at: clampTime(availableAt),
    owner: null,
    reference: null,
    error: null,
    created_at: at,
    sent_at: null,
    settled_at: null,
  };
}

function machineOf(news: News): NewsMachine | undefined {
  return 'machine' in news ? news.machine : undefined;
}

/**
 * The warnings that were given up, or were too late for the time of the stop, are tried again for the stops that wait until they are
 * delivered. Reminders are not: they remind people of what they have heard.
 */
export async function rearmWarnings(
  transaction: Transaction,
  moves: readonly Pick<Move, 'after' | 'at'>[],
  announce: Announce,
): Promise<void> {
  const waiting = moves.filter(({ after }) => after.state === 'waiting' && after.reason === 'warning_undelivered');
  if (waiting.length === 0) return;
  const warnedAt = new Map(waiting.map(({ after }) => [after.id, after.warned?.at]));
  const over = await readChunks(warnedAt.keys(), async (some) =>
    transaction
      .selectFrom('notice')
      .select(['id', 'thread', 'warned_at'])
      .where('thread', 'in', some)
      .where('state', 'in', UNSENT)
      .where('warned_at', 'is not', null)
      .where('subject', 'not like', `%${AGAIN}`)
      .execute(),
  );
  const again = over.filter(({ thread, warned_at: at }) => at === warnedAt.get(thread)).map(({ id }) => id);
  const at = Math.min(...waiting.map((move) => move.at));
  for (const some of chunks(again.toSorted()))
    await transaction
      .updateTable('notice')
      .set({ state: 'pending', settled_at: null, available_at: at })
      .where('id', 'in', some)
      .where('state', 'in', UNSENT)
      .execute();
  if (again.length > 0) await announce(transaction);
}

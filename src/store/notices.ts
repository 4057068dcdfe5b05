/** Claims, settles and counts notices. */
import { type ExpressionBuilder, sql } from 'kysely';
import type { Notice, NoticeKind, Told } from '../domain/notice.ts';
import { clampTime } from '../domain/time.ts';
import type { Warned } from '../domain/warned.ts';
import { chunks, readChunks } from './chunks.ts';
import type { ClaimedNotice, NoticeClaim, NoticeOutcome, PendingNotices } from './notice-port.ts';
import { isState, toNotice } from './read-notices.ts';
import { readJson } from './read-json.ts';
import { warnedSchema } from './rows.ts';
import type { Database, Db, NoticeRow, Transaction } from './schema.ts';
import { lineKey, type Announce } from './write-notices.ts';

type Numbered = NoticeRow & { readonly number: number };

/** As `Store.claimNotices`. */
export async function claimNotices(
  transaction: Transaction,
  { channel, owner, now, until, limit }: NoticeClaim,
  concurrent: boolean,
): Promise<readonly ClaimedNotice[]> {
  const rows = await transaction
    // Materialized, as in `claim`.
    .with(
      (cte) => cte('chosen').materialized(),
      (cte) =>
        cte
          .selectFrom('notice')
          .select('notice.number')
          .where('notice.settled_at', 'is', null)
          .where('notice.channel', '=', channel)
          .where('notice.available_at', '<=', now)
          .where((of) => of.not(isBehind(of, sql.val(now))))
          .orderBy('notice.available_at')
          .orderBy('notice.number')
          .limit(limit)
          .$if(concurrent, (due) => due.forNoKeyUpdate().skipLocked()),
    )
    .updateTable('notice')
    .set((row) => ({ owner, available_at: until, attempts: row('attempts', '+', 1) }))
    .where('number', 'in', (query) => query.selectFrom('chosen').select('chosen.number'))
    .returningAll()
    .execute();
  const claimed = rows.toSorted((one, other) => one.number - other.number);
  const readable = claimed.flatMap((row) => {
    const notice = toNotice(row);
    return notice === undefined ? [] : [{ row, notice }];
  });
  const unread = claimed.filter((row) => row.created_at < now - UNREADABLE_FOR_MS && toNotice(row) === undefined);
  for (const { id } of unread) await settleNotice(transaction, owner, id, GIVEN_UP, now);
  return withContext(transaction, readable);
}

/** How long a notice that this version cannot read is left to one that can, in milliseconds. */
const UNREADABLE_FOR_MS = 24 * 60 * 60_000;

const GIVEN_UP: NoticeOutcome = {
  outcome: 'failed',
  error: 'another version of ec2-operator wrote this notice, and no version that can read it came for a day',
};

/** A person asks to be told, and the machine may start hours later: such a notice holds up none of its thread, and none overtakes it. */
const READY: NoticeKind = 'ready';

/** Whether an older notice of the same thread and address comes first. One that was never tried and is not due yet does not. */
function isBehind(of: ExpressionBuilder<Database, 'notice'>, now: ReturnType<typeof sql.val<number>> | 'own time') {
  const older = of
    .selectFrom('notice as older')
    .select('older.number')
    .whereRef('older.thread', '=', 'notice.thread')
    .whereRef('older.number', '<', 'notice.number')
    .whereRef('older.channel', '=', 'notice.channel')
    .whereRef('older.recipient', '=', 'notice.recipient')
    // Not `settled_at`: PostgreSQL would read all that is due for each.
    .where('older.state', '=', 'pending')
    .where('older.kind', '<>', READY)
    .where((row) =>
      row.or([
        row('older.attempts', '>', 0),
        row('older.available_at', '<=', now === 'own time' ? row.ref('notice.available_at') : now),
      ]),
    );
  return of.exists(older);
}

async function withContext(
  transaction: Transaction,
  claimed: readonly { readonly row: Numbered; readonly notice: Notice }[],
): Promise<readonly ClaimedNotice[]> {
  const threads = claimed.map(({ row }) => row.thread);
  const all = await readChunks(threads, async (some) =>
    transaction
      .selectFrom('notice')
      .select([
        'number',
        'kind',
        'thread',
        'channel',
        'recipient',
        'state',
        'attempts',
        'reference',
        'warned_at',
        'sent_at',
      ])
      .where('thread', 'in', some)
      .orderBy('number')
      .execute(),
  );
  const lines = Map.groupBy(all, ({ thread, channel, recipient }) => lineKey(thread, channel, recipient));
  const told = toldByThread(all);
  const operations = await readOperations(transaction, threads);
  return claimed.map(({ row, notice }) => {
    const line = lines.get(lineKey(row.thread, row.channel, row.recipient)) ?? [];
    const earlier = line.findLast((one) => one.state === 'sent' && one.reference !== null)?.reference ?? undefined;
    const mayBeSent = line.filter((one) => one.number !== row.number && (one.state === 'sent' || one.attempts > 1));
    const operation = operations.get(row.thread);
    return {
      ...notice,
      ...(earlier === undefined ? {} : { earlier }),
      follows: row.follows !== 0,
      wasTold: mayBeSent.some((one) => one.number < row.number),
      isOvertaken: row.kind !== READY && line.some((one) => one.number > row.number && mayHaveCome(one)),
      ...(operation === undefined ? {} : { operation }),
      told: told.get(row.thread) ?? [],
    };
  });
}

/** One that was given up, or was of no use any more, did not. To look whether a machine is ready is no try. */
function mayHaveCome({ state, attempts, kind }: Pick<NoticeRow, 'state' | 'attempts' | 'kind'>): boolean {
  return state === 'sent' || (state === 'pending' && attempts > 0 && kind !== READY);
}

async function readOperations(
  transaction: Transaction,
  ids: readonly string[],
): Promise<ReadonlyMap<string, NonNullable<ClaimedNotice['operation']>>> {
  const rows = await readChunks(ids, async (some) =>
    transaction.selectFrom('operation').select(['id', 'state', 'warned', 'ended_at']).where('id', 'in', some).execute(),
  );
  return new Map(
    rows.map(({ id, state, warned: text, ended_at: endedAt }) => {
      const warned: Warned | undefined = readJson(warnedSchema, text);
      const isUnderWay = state === 'acting' || state === 'verifying';
      const end =
        endedAt === null ? { isOpen: true, ...(isUnderWay ? { isUnderWay } : {}) } : { isOpen: false, endedAt };
      return [id, { ...end, ...(warned === undefined ? {} : { warned }) }];
    }),
  );
}

/** As `Store.settleNotice`. */
export async function settleNotice(
  db: Db,
  owner: string,
  id: string,
  outcome: NoticeOutcome,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('notice')
    .set({ owner: null, ...columnsOf(outcome, now) })
    .where('id', '=', id)
    .where('owner', '=', owner)
    .where('settled_at', 'is', null)
    .executeTakeFirst();
  return Number(numUpdatedRows) === 1;
}

function columnsOf(outcome: NoticeOutcome, now: number) {
  switch (outcome.outcome) {
    case 'sent':
      return { state: 'sent', sent_at: now, settled_at: now, reference: outcome.reference ?? null, error: null };
    case 'later':
      return { available_at: clampTime(outcome.at), error: outcome.error };
    case 'failed':
    case 'outdated':
      return { state: outcome.outcome, settled_at: now, error: outcome.error };
  }
}

/** As `Store.hasten`. The end of quiet hours, for which a notice waits before it is tried, may well be far ahead. */
export async function hastenNotices(
  transaction: Transaction,
  latest: number,
  now: number,
  announce: Announce,
): Promise<void> {
  const late = await transaction
    .selectFrom('notice')
    .select('id')
    .where('settled_at', 'is', null)
    .where('available_at', '>', latest)
    .where((row) => row.or([row('created_at', '>', latest), row('attempts', '>', 0)]))
    .execute();
  for (const some of chunks(late.map(({ id }) => id).toSorted()))
    await transaction
      .updateTable('notice')
      .set({ available_at: now })
      .where('id', 'in', some)
      .where('settled_at', 'is', null)
      .execute();
  if (late.length > 0) await announce(transaction);
}

/** As `Store.nextNoticeAt`. Those that wait for an older one are due with it. */
export async function nextNoticeAt(db: Db, channels: readonly string[]): Promise<number | undefined> {
  const times = await Promise.all(
    channels.map(async (channel) =>
      db
        .selectFrom('notice')
        .select('available_at')
        .where('notice.settled_at', 'is', null)
        .where('channel', '=', channel)
        .where((of) => of.not(isBehind(of, 'own time')))
        .orderBy('available_at')
        .limit(1)
        .executeTakeFirst(),
    ),
  );
  const known = times.flatMap((row) => row?.available_at ?? []);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** As `Store.countPendingNotices`. */
export async function countPendingNotices(db: Db): Promise<readonly PendingNotices[]> {
  const rows = await db
    .selectFrom('notice')
    .select((row) => ['channel', row.fn.countAll().as('count'), row.fn.min('created_at').as('oldest')])
    .where('settled_at', 'is', null)
    .groupBy('channel')
    .orderBy('channel')
    .execute();
  return rows.map(({ channel, count, oldest }) => ({ channel, count: Number(count), oldestAt: oldest }));
}

/** As `Store.toldOf`. */
export async function toldOf(db: Db, operations: readonly string[]): Promise<ReadonlyMap<string, readonly Told[]>> {
  const rows = await readChunks(operations, async (some) =>
    db
      .selectFrom('notice')
      .select(['thread', 'channel', 'recipient', 'warned_at', 'state', 'sent_at'])
      .where('thread', 'in', some)
      .where('warned_at', 'is not', null)
      .orderBy('number')
      .execute(),
  );
  return toldByThread(rows);
}

type ToldRow = Pick<NoticeRow, 'thread' | 'channel' | 'recipient' | 'warned_at' | 'state' | 'sent_at'>;

function toldByThread(rows: readonly ToldRow[]): ReadonlyMap<string, readonly Told[]> {
  const told = new Map<string, Told[]>();
  for (const { thread, channel, recipient, warned_at: warnedAt, state, sent_at: sentAt } of rows) {
    if (warnedAt === null || !isState(state)) continue;
    const to = { channel, ...(recipient === '' ? {} : { recipient }) };
    const of = told.get(thread) ?? [];
    told.set(thread, of);
    of.push({ ...to, warnedAt, state, ...(sentAt === null ? {} : { sentAt }) });
  }
  return told;
}

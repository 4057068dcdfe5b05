/** Lists notices, and reads their rows. */
import { NOTICE_KINDS, NOTICE_STATES, newsSchema, type Notice, type NoticeState } from '../domain/notice.ts';
import type { NoticesQuery } from './notice-port.ts';
import { readJson } from './read-json.ts';
import type { Db, NoticeRow } from './schema.ts';

/** As `Store.notices`. A notice that this version cannot read is left out. */
export async function listNotices(db: Db, query: NoticesQuery): Promise<readonly Notice[]> {
  const { channel, kind, state, machine, operation, cursor, limit } = query;
  let rows = db.selectFrom('notice').selectAll().orderBy('id', 'desc').limit(limit);
  if (channel !== undefined) rows = rows.where('channel', '=', channel);
  if (kind !== undefined) rows = rows.where('kind', '=', kind);
  if (state !== undefined) rows = rows.where('state', '=', state);
  if (operation !== undefined) rows = rows.where('thread', '=', operation);
  if (machine !== undefined)
    rows = rows.where((row) => row.or([row('instance_id', '=', machine), row('instance_name', '=', machine)]));
  if (cursor !== undefined) rows = rows.where('id', '<', cursor);
  return (await rows.where('kind', 'in', KINDS).execute()).flatMap((row) => toNotice(row) ?? []);
}

/** As `Store.notice`. */
export async function findNotice(db: Db, id: string): Promise<Notice | undefined> {
  const row = await db.selectFrom('notice').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toNotice(row);
}

const KINDS = Object.keys(NOTICE_KINDS);

/** @returns undefined when this version cannot read the row */
export function toNotice(row: NoticeRow): Notice | undefined {
  const news = readJson(newsSchema, row.news);
  const { state } = row;
  if (news === undefined || !isState(state)) return undefined;
  return {
    id: row.id,
    channel: row.channel,
    ...(row.recipient === '' ? {} : { recipient: row.recipient }),
    news,
    subject: row.subject,
    thread: row.thread,
    availableAt: row.available_at,
    state,
    attempts: row.attempts,
    createdAt: row.created_at,
    ...(row.sent_at === null ? {} : { sentAt: row.sent_at }),
    ...(row.reference === null ? {} : { reference: row.reference }),
    ...(row.error === null ? {} : { error: row.error }),
  };
}

export function isState(text: string): text is NoticeState {
  return NOTICE_STATES.some((state) => state === text);
}

/** Editing the message that was sent before. */
import type { NoticeKind } from '../domain/notice.ts';
import type { Delivered, Letter } from './channel.ts';

/** These say how it went on, and make no sound. Others are messages of their own, because an edit makes none. */
const EDITS: ReadonlySet<NoticeKind> = new Set(['kept', 'stopped', 'not_stopped']);

/** @param edit its message may be deleted, or too old: then it resolves to `gone`, and a new one is sent */
export async function editOrSend(
  { earlier, news }: Letter,
  edit: (earlier: string) => Promise<Delivered | 'gone'>,
  send: () => Promise<Delivered>,
): Promise<Delivered> {
  if (earlier === undefined || !EDITS.has(news.kind)) return send();
  const edited = await edit(earlier);
  return edited === 'gone' ? send() : edited;
}

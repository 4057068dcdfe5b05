/** Text of messages for vendors: names, tags and label values in it may be hostile. */
import { plain } from '../domain/plain.ts';

const ELLIPSIS = '…';

/** All that is looked at of a text. */
const READ = 10_000;

/** Text of others on one line, without characters that hide a part of it. */
export function onOneLine(text: string): string {
  return plain(text, READ);
}

/** At most so many UTF-16 units, cut behind a word. */
export function cut(text: string, room: number): string {
  if (text.length <= room) return text;
  const head = wholeUnits(text, room - ELLIPSIS.length);
  const word = /^[^]*\S(?=\s)/.exec(head)?.[0] ?? '';
  // A long word is cut inside: less would be left than is lost.
  return `${word.length > head.length / 2 ? word : head}${ELLIPSIS}`;
}

/** Cut in the middle: a title begins with the machine's name, and ends with the time. */
export function cutMiddle(text: string, room: number): string {
  if (text.length <= room) return text;
  const tail = text.slice(text.length - Math.floor(room / 2)).replace(/^[\udc00-\udfff]/, '');
  return `${wholeUnits(text, room - ELLIPSIS.length - tail.length)}${ELLIPSIS}${tail}`;
}

/** Never half of a surrogate pair. */
function wholeUnits(text: string, length: number): string {
  return text.slice(0, Math.max(0, length)).replace(/[\ud800-\udbff]$/, '');
}

/** For HTML and for Slack's markup, which escape alike. */
export function escapeAngles(text: string): string {
  return text.replace(/[&<>]/g, (char) => ({ '&': '&amp;', '<': '&lt;' })[char] ?? '&gt;');
}

/** The invisible space after it keeps a name from being one that the vendor notifies. Mail addresses stay as they are. */
export function withoutMentions(text: string): string {
  return text.replace(
    /([A-Za-z0-9]@(?=[\w-]+\.\w))|[@＠]/g,
    (found, inAddress?: string) => inAddress ?? `${found}\u200b`,
  );
}

/** So that nothing in it is markup of Discord or Mattermost. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*_~|<>[\]]/g, '\\$&')
    .replace(/^(?:[#+-]|\d+(?=[.)]))/, (mark) => (/\d/.test(mark) ? `${mark}\\` : `\\${mark}`));
}

/** The same for an adaptive card, which knows less. An underscore inside of a word is none of its marks. */
export function escapeCard(text: string): string {
  return text
    .replace(/[\\*[\]]|(?<!\w)_|_(?!\w)/g, '\\$&')
    .replace(/^(?:[+-](?=\s)|\d+(?=[.)]\s))/, (mark) => (/\d/.test(mark) ? `${mark}\\` : `\\${mark}`));
}

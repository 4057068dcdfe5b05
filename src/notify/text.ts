/** Text of messages for vendors: names, tags and label values in it may be hostile. */

const ELLIPSIS = '…';

/** They reverse what is read, or hide it. */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
// oxlint-disable-next-line no-control-regex -- These are the characters that must not pass.
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g;

/** Text that every vendor takes: without control characters but line breaks, and in the order in which it is written. */
export function plain(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(CONTROLS, ' ')
    .replace(BIDI, '');
}

/** The same, on one line. */
export function onOneLine(text: string): string {
  return plain(text).replace(/\s+/g, ' ').trim();
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

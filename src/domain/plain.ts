/** Text of others for messages: it must not begin a line, hide a part of itself, turn the direction of writing, or be long. */

/** No text that is shown in a message is read any further. */
const READ = 10_000;

/** Without the zero-width one, which JavaScript counts among them. */
const SPACES = /(?:[^\S\ufeff]|[\p{Cc}\u2800])+/gu;

/** Characters without a picture of their own: controls, directions, joiners, private and unassigned ones, fillers, lone surrogates. */
const INVISIBLE = /[\p{C}\p{Default_Ignorable_Code_Point}]/gu;

/** More marks on one letter than any script needs would cover the lines around it. */
const PILED = /(\p{M}{3})\p{M}+/gu;

/**
 * @param max UTF-16 code units, at least 1; longer text ends in an ellipsis
 * @returns one line, without spaces around it; empty for a text without anything to see
 */
export function plain(text: string, max: number): string {
  const read = text.slice(0, READ);
  const clean = withoutLinks(PLAIN_ALREADY.test(read) ? read : onlyVisible(read));
  return clean.length <= max ? clean : `${cutAt(clean, max - 1).trimEnd()}…`;
}

/** Most texts are ASCII. They are known much faster than they are searched for all else. */
const PLAIN_ALREADY = /^(?:[!-~]+(?: [!-~]+)*)?$/;

function onlyVisible(text: string): string {
  return text.replace(SPACES, ' ').replace(INVISIBLE, '').replace(PILED, '$1').replace(/ {2,}/g, ' ').trim();
}

/** Programs make a link of every address with a scheme, and only ours lead where they say. */
export function withoutLinks(text: string): string {
  return text.replaceAll('://', ': //');
}

/** Never within a character. */
function cutAt(text: string, length: number): string {
  const isWithin = /^[\p{M}\udc00-\udfff]/u.test(text.slice(length)) || /[\ud800-\udbff]$/.test(text.slice(0, length));
  return isWithin && length > 0 ? cutAt(text, length - 1) : text.slice(0, length);
}

/** With a full stop, unless it ends like a sentence already. */
export function sentence(text: string): string {
  return text === '' || /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** Makes messages fit into a vendor's limits. */
import { MAX_TITLE, type Message } from '../domain/message.ts';
import { cut, cutMiddle, onOneLine } from './text.ts';

/** No message has more. */
const MOST_FACTS = 10;
const LONGEST = 3_000;
const SHORTEST = 64;

/**
 * The longest form of a message that fits. The title and the links stay; the text and the facts get shorter.
 *
 * @param render pure
 */
export function fit<T>(message: Message, render: (message: Message) => T, fits: (rendered: T) => boolean): T {
  let room = LONGEST;
  for (;;) {
    const rendered = render(shortened(message, room));
    if (room < SHORTEST || fits(rendered)) return rendered;
    room = Math.floor(room * 0.7);
  }
}

function shortened(message: Message, room: number): Message {
  return {
    ...message,
    title: cutMiddle(onOneLine(message.title), MAX_TITLE),
    text: cut(onOneLine(message.text), room),
    facts: message.facts
      .map(({ name, value }) => ({
        name: cut(onOneLine(name), 40),
        value: cut(onOneLine(value), Math.max(40, Math.floor(room / 6))),
      }))
      // Vendors refuse empty texts.
      .filter(({ name, value }) => name !== '' && value !== '')
      .slice(0, room < SHORTEST ? 0 : MOST_FACTS),
  };
}

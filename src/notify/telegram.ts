/** Telegram, by a bot. It edits its messages. */
import * as z from 'zod';
import { filePath, httpUrl } from '../config/fields.ts';
import type { Message } from '../domain/message.ts';
import { readTokenFile } from '../outgoing/token-file.ts';
import { channelKind, type Channel, type Delivered, type Letter } from './channel.ts';
import { editOrSend } from './edit.ts';
import { fit } from './fit.ts';
import { pagesOf } from './links.ts';
import { failureOf, post, type Post, type PostAnswer } from './post.ts';
import { readJson } from './read-json.ts';
import { examineBy, opening } from './request-channel.ts';
import { escapeAngles, withoutMentions } from './text.ts';

const chat = z
  .union([z.int(), z.string()])
  .refine(
    (given) => typeof given === 'number' || /^(?:@\w{5,32}|-?\d{1,20})$/.test(given),
    "expected the chat's number, such as -1001234567890, or a channel's name with its @",
  );

const settings = z
  .strictObject({
    token_file: filePath.describe("A file with the bot's token."),
    chat: chat.describe('The number of the chat, or the `@name` of a public channel.'),
    topic: z.exactOptional(z.int().positive()).describe('The number of a topic, in a group that has topics.'),
    url: httpUrl.default('https://api.telegram.org').describe('The server of the Bot API.'),
  })
  .describe('A chat of Telegram, by a bot.');

export const telegram = channelKind(settings, ({ token_file: file, ...rest }) => ({
  secretFiles: { token_file: { file, read: readToken } },
  open: () => openTelegram(() => ({ ...rest, token: readToken(file) })),
}));

interface TelegramSettings {
  readonly url: string;
  readonly token: string;
  readonly chat: number | string;
  readonly topic?: number;
}

/** @throws Error that does not quote the content */
function readToken(file: string): string {
  const token = readTokenFile(file);
  if (!/^[\w:-]+$/.test(token)) throw new Error(`expected a bot's token, such as 123456:ABC, in ${file}`);
  return token;
}

function openTelegram(open: () => TelegramSettings): Channel {
  return {
    deliver: async (letter, signal) => {
      const opened = opening(open);
      if ('outcome' in opened) return opened;
      return editOrSend(
        letter,
        async (earlier) => post(renderTelegram(opened.settings, letter, earlier), signal, readEditOf(earlier)),
        async () => post(renderTelegram(opened.settings, letter), signal, readTelegramAnswer),
      );
    },
    examine: async (signal) =>
      examineBy(open, signal, ({ url, token, chat: to }) => ({
        url: `${url}/bot${token}/getChat`,
        body: JSON.stringify({ chat_id: to }),
        yes: 'the bot sees the chat',
        remedy: "add the bot to the chat, and check the token and the chat's number",
      })),
  };
}

const MOST_TEXT = 4_096;

/** @param edited the id of the message that is edited */
export function renderTelegram(
  { url, token, chat: to, topic }: TelegramSettings,
  { message }: Letter,
  edited?: string,
): Post {
  const content = {
    chat_id: to,
    text: fit(message, textOf, (text) => text.length <= MOST_TEXT),
    parse_mode: 'HTML',
    link_preview_options: { is_disabled: true },
  };
  const isNew = edited === undefined;
  return {
    url: `${url}/bot${token}/${isNew ? 'sendMessage' : 'editMessageText'}`,
    body: JSON.stringify({
      ...content,
      ...(isNew ? { disable_notification: message.isQuiet } : { message_id: Number(edited) }),
      ...(isNew && topic !== undefined ? { message_thread_id: topic } : {}),
    }),
  };
}

/** Links in the text: Telegram refuses a whole message for a button whose address is not public. */
function textOf({ title, text, facts, links }: Message): string {
  const pages = pagesOf(links).map(({ label, url }) => `<a href="${attribute(url)}">${escapeAngles(label)}</a>`);
  const parts = [
    `<b>${escaped(title)}</b>`,
    escaped(text),
    facts.map(({ name, value }) => `<b>${escaped(name)}:</b> ${escaped(value)}`).join('\n'),
    pages.join(' · '),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function escaped(text: string): string {
  return escapeAngles(withoutMentions(text));
}

function attribute(url: string): string {
  return escapeAngles(url).replaceAll('"', '&quot;');
}

const sent = z.object({ ok: z.literal(true), result: z.object({ message_id: z.int() }) });
const refused = z.object({
  ok: z.literal(false),
  description: z.string(),
  parameters: z
    .object({
      /** Seconds. */
      retry_after: z.number().nonnegative().optional(),
      migrate_to_chat_id: z.int().optional(),
    })
    .optional(),
});

export function readTelegramAnswer(answer: PostAnswer): Delivered {
  const id = readJson(answer, sent)?.result.message_id;
  if (answer.status < 300 && id !== undefined) return { outcome: 'sent', reference: String(id) };
  const said = readJson(answer, refused);
  const { retry_after: seconds, migrate_to_chat_id: moved } = said?.parameters ?? {};
  const words = moved === undefined ? undefined : `the chat has a new number: set chat to ${moved}`;
  return failureOf(answer, words, seconds === undefined ? undefined : seconds * 1_000);
}

function readEditOf(earlier: string): (answer: PostAnswer) => Delivered | 'gone' {
  return (answer) => {
    const said = readJson(answer, refused)?.description ?? '';
    // The edit came through before, and its answer was lost.
    if (said.includes('message is not modified')) return { outcome: 'sent', reference: earlier };
    return /message to edit not found|message can't be edited|MESSAGE_ID_INVALID/.test(said)
      ? 'gone'
      : readTelegramAnswer(answer);
  };
}

/** Google Chat, by a webhook of a space. Messages about the same thing share a thread. */
import * as z from 'zod';
import { filePath } from '../config/fields.ts';
import type { Message } from '../domain/message.ts';
import { channelKind, type Delivered, type Letter } from './channel.ts';
import { fit } from './fit.ts';
import { pagesOf } from './links.ts';
import { failureOf, outcomeOf, type Post, type PostAnswer } from './post.ts';
import { readJson } from './read-json.ts';
import { requestChannel } from './request-channel.ts';
import { readSecretUrl } from './secret.ts';
import { escapeAngles } from './text.ts';

const settings = z
  .strictObject({ url_file: filePath.describe("A file with the URL of the space's webhook.") })
  .describe('A space of Google Chat, by its webhook.');

export const googleChat = channelKind(settings, ({ url_file: file }) => ({
  secretFiles: { url_file: { file, read: readSecretUrl } },
  open: () => requestChannel(() => readSecretUrl(file), renderGoogleChat, readGoogleChatAnswer),
}));

const MOST_BYTES = 30_000;

export function renderGoogleChat(url: string, { message, thread }: Letter): Post {
  const to = new URL(url);
  to.searchParams.set('messageReplyOption', 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD');
  return fit(
    message,
    (short) => ({ url: to.href, body: JSON.stringify({ ...contentOf(short), thread: { threadKey: thread } }) }),
    ({ body }) => Buffer.byteLength(body) <= MOST_BYTES,
  );
}

/** Cards know some HTML. */
function contentOf({ title, text, facts, links }: Message): object {
  const buttons = pagesOf(links).map(({ label, url }) => ({ text: label, onClick: { openLink: { url } } }));
  const widgets = [
    ...(text === '' ? [] : [{ textParagraph: { text: escapeAngles(text) } }]),
    ...facts.map(({ name, value }) => ({
      decoratedText: { topLabel: escapeAngles(name), text: escapeAngles(value), wrapText: true },
    })),
    ...(buttons.length === 0 ? [] : [{ buttonList: { buttons } }]),
  ];
  return {
    text: withoutNames(title),
    ...(widgets.length === 0 ? {} : { cardsV2: [{ cardId: 'notice', card: { sections: [{ widgets }] } }] }),
  };
}

/** Text outside of cards has no way to escape `<users/all>`. An invisible space takes its meaning. */
function withoutNames(text: string): string {
  return text.replaceAll('<', '<\u200b');
}

const created = z.object({ name: z.string().min(1) });

export function readGoogleChatAnswer(answer: PostAnswer): Delivered {
  return readJson(answer, created) === undefined ? failureOf(answer) : outcomeOf(answer);
}

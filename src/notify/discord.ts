/** Discord, by a webhook of a channel. It edits its messages. */
import * as z from 'zod';
import { filePath } from '../config/fields.ts';
import type { Message } from '../domain/message.ts';
import { channelKind, type Channel, type Delivered, type Letter } from './channel.ts';
import { editOrSend } from './edit.ts';
import { fit } from './fit.ts';
import { markdownLink, pagesOf } from './links.ts';
import { failureOf, post, type Post, type PostAnswer } from './post.ts';
import { readJson } from './read-json.ts';
import { examineBy, opening } from './request-channel.ts';
import { readSecretUrl } from './secret.ts';
import { escapeMarkdown } from './text.ts';

const settings = z
  .strictObject({ url_file: filePath.describe("A file with the webhook's URL.") })
  .describe('A channel of Discord, by a webhook.');

export const discord = channelKind(settings, ({ url_file: file }) => ({
  secretFiles: { url_file: { file, read: readSecretUrl } },
  open: () => openDiscord(file),
}));

function openDiscord(file: string): Channel {
  return {
    deliver: async (letter, signal) => {
      const opened = opening(() => readSecretUrl(file));
      if ('outcome' in opened) return opened;
      return editOrSend(
        letter,
        async (earlier) => post(renderDiscord(opened.settings, letter, earlier), signal, readDiscordEdit),
        async () => post(renderDiscord(opened.settings, letter), signal, readDiscordAnswer),
      );
    },
    examine: async (signal) =>
      examineBy(
        () => readSecretUrl(file),
        signal,
        (url) => ({
          url,
          method: 'GET',
          body: '',
          yes: 'Discord knows the webhook',
          remedy: 'create a webhook in the settings of the channel, and put its URL into the file of url_file',
        }),
      ),
  };
}

const MOST = { content: 2_000, description: 4_096, fieldName: 256, fieldValue: 1_024, all: 6_000 };
/** SUPPRESS_NOTIFICATIONS */
const SILENT = 4_096;

/** @param edited the id of the message that is edited */
export function renderDiscord(url: string, { message }: Letter, edited?: string): Post {
  const to = new URL(url);
  if (edited === undefined) to.searchParams.set('wait', 'true');
  else to.pathname = `${to.pathname.replace(/\/$/, '')}/messages/${edited}`;
  const body = fit(message, contentOf, isWithinLimits);
  const flags = edited === undefined && message.isQuiet ? { flags: SILENT } : {};
  return {
    url: to.href,
    ...(edited === undefined ? {} : { method: 'PATCH' }),
    body: JSON.stringify({ ...body, allowed_mentions: { parse: [] }, ...flags }),
  };
}

interface Content {
  readonly content: string;
  readonly embeds: readonly {
    readonly description?: string;
    readonly fields: readonly { readonly name: string; readonly value: string; readonly inline: boolean }[];
  }[];
}

function contentOf({ title, text, facts, links }: Message): Content {
  const pages = pagesOf(links).map((link) => `**${markdownLink(link)}**`);
  const description = [escapeMarkdown(text), pages.join(' · ')].filter((part) => part !== '').join('\n\n');
  const fields = facts.map(({ name, value }) => ({
    name: escapeMarkdown(name),
    value: escapeMarkdown(value),
    inline: true,
  }));
  return {
    // The address in a name would be shown as a picture of its page.
    content: `**${escapeMarkdown(title).replaceAll('://', ':\u200b//')}**`,
    embeds:
      description === '' && fields.length === 0 ? [] : [{ ...(description === '' ? {} : { description }), fields }],
  };
}

function isWithinLimits({ content, embeds }: Content): boolean {
  return (
    content.length <= MOST.content &&
    embeds.every(
      ({ description = '', fields }) =>
        description.length <= MOST.description &&
        fields.every(({ name, value }) => name.length <= MOST.fieldName && value.length <= MOST.fieldValue) &&
        description.length + fields.map(({ name, value }) => name + value).join('').length <= MOST.all,
    )
  );
}

const sent = z.object({ id: z.string().regex(/^\d+$/) });
const refused = z.object({
  code: z.number().optional(),
  /** Seconds. */
  retry_after: z.number().nonnegative().optional(),
});

export function readDiscordAnswer(answer: PostAnswer): Delivered {
  const reference = readJson(answer, sent)?.id;
  if (answer.status < 300 && reference !== undefined) return { outcome: 'sent', reference };
  const seconds = readJson(answer, refused)?.retry_after;
  return failureOf(answer, undefined, seconds === undefined ? undefined : seconds * 1_000);
}

const UNKNOWN_MESSAGE = 10_008;

export function readDiscordEdit(answer: PostAnswer): Delivered | 'gone' {
  return readJson(answer, refused)?.code === UNKNOWN_MESSAGE ? 'gone' : readDiscordAnswer(answer);
}

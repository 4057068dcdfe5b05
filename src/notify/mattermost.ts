/** Mattermost, by an incoming webhook. */
import * as z from 'zod';
import { filePath } from '../config/fields.ts';
import type { Message } from '../domain/message.ts';
import { channelKind, type Delivered, type Letter } from './channel.ts';
import { fit } from './fit.ts';
import { markdownLink, pagesOf } from './links.ts';
import { failureOf, outcomeOf, type Post, type PostAnswer } from './post.ts';
import { requestChannel } from './request-channel.ts';
import { readSecretUrl } from './secret.ts';
import { escapeMarkdown, withoutMentions } from './text.ts';

const settings = z
  .strictObject({ url_file: filePath.describe("A file with the incoming webhook's URL.") })
  .describe('A channel of Mattermost, by an incoming webhook.');

export const mattermost = channelKind(settings, ({ url_file: file }) => ({
  secretFiles: { url_file: { file, read: readSecretUrl } },
  open: () => requestChannel(() => readSecretUrl(file), renderMattermost, readMattermostAnswer),
}));

const MOST_TEXT = 16_383;

export function renderMattermost(url: string, { message }: Letter): Post {
  const text = fit(message, textOf, (rendered) => rendered.length <= MOST_TEXT);
  return { url, body: JSON.stringify({ text }) };
}

function textOf({ title, text, facts, links }: Message): string {
  const parts = [
    `**${escaped(title)}**`,
    escaped(text),
    facts.map(({ name, value }) => `**${escaped(name)}:** ${escaped(value)}`).join('\n'),
    pagesOf(links).map(markdownLink).join(' · '),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function escaped(text: string): string {
  return escapeMarkdown(withoutMentions(text));
}

/** Success is the word `ok`. */
export function readMattermostAnswer(answer: PostAnswer): Delivered {
  return answer.text.trim() === 'ok' ? outcomeOf(answer) : failureOf(answer);
}

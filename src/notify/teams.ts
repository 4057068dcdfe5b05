/** Microsoft Teams, by a flow of Workflows that takes an adaptive card. It cannot edit messages. */
import * as z from 'zod';
import { filePath } from '../config/fields.ts';
import type { Message } from '../domain/message.ts';
import { channelKind, type Letter } from './channel.ts';
import { fit } from './fit.ts';
import { pagesOf } from './links.ts';
import type { Post } from './post.ts';
import { requestChannel } from './request-channel.ts';
import { readSecretUrl } from './secret.ts';
import { escapeCard } from './text.ts';

const settings = z
  .strictObject({ url_file: filePath.describe("A file with the flow's URL.") })
  .describe('A channel of Microsoft Teams, by the app Workflows.');

export const teams = channelKind(settings, ({ url_file: file }) => ({
  secretFiles: { url_file: { file, read: readSecretUrl } },
  open: () => requestChannel(() => readSecretUrl(file), renderTeams),
}));

/** Teams refuses about 28 KB, and an old library measured 21. */
const MOST_BYTES = 20_000;

/** Any 2xx means that the flow will run: whether it then posts, Teams tells nobody. */
export function renderTeams(url: string, { message }: Letter): Post {
  return fit(
    message,
    (short) => ({ url, body: JSON.stringify(envelopeOf(short)) }),
    ({ body }) => Buffer.byteLength(body) <= MOST_BYTES,
  );
}

function envelopeOf({ title, text, facts, links }: Message): object {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      { ...textBlock(title), size: 'Medium', weight: 'Bolder' },
      ...(text === '' ? [] : [textBlock(text)]),
      ...(facts.length === 0
        ? []
        : [
            {
              type: 'FactSet',
              facts: facts.map(({ name, value }) => ({ title: escapeCard(name), value: escapeCard(value) })),
            },
          ]),
    ],
    // Other actions need a bot.
    actions: pagesOf(links).map(({ label, url }) => ({ type: 'Action.OpenUrl', title: label, url })),
  };
  const contentType = 'application/vnd.microsoft.card.adaptive';
  return { type: 'message', summary: title, attachments: [{ contentType, contentUrl: null, content }] };
}

function textBlock(text: string): object {
  return { type: 'TextBlock', text: escapeCard(text), wrap: true };
}

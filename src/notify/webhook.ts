/** The generic webhook, for programs: signed as Standard Webhooks, and a CloudEvent if that is asked for. */
import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { complain, exactUrl, filePath } from '../config/fields.ts';
import type { Message } from '../domain/message.ts';
import { readFilledFile } from '../outgoing/token-file.ts';
import { channelKind, type Letter } from './channel.ts';
import { fit } from './fit.ts';
import { pagesOf } from './links.ts';
import type { Post } from './post.ts';
import { requestChannel } from './request-channel.ts';
import { readSecretUrl } from './secret.ts';

const settings = z
  .strictObject({
    url: z.exactOptional(exactUrl).describe('Where the notices are posted to.'),
    url_file: z
      .exactOptional(filePath)
      .describe('Instead of `url`: a file with the URL, where it is a secret or has a query.'),
    secret_file: z
      .exactOptional(filePath)
      .describe(
        'A file with the key that signs them, as Standard Webhooks writes it: `whsec_` and base64. Several lines sign with each, so that a key can be replaced.',
      ),
    format: z
      .enum(['standard', 'cloudevents'])
      .default('standard')
      .describe('`cloudevents` adds the headers of a CloudEvent in binary mode. The body is the same.'),
  })
  .superRefine(({ url, url_file: file }, context) => {
    if ((url === undefined) === (file === undefined)) complain(context, [], 'expected either url or url_file');
  })
  .describe('A program that takes JSON.');

export const webhook = channelKind(settings, ({ url, url_file: urlFile, secret_file: keyFile, format }) => ({
  secretFiles: {
    url_file: urlFile === undefined ? urlFile : { file: urlFile, read: readSecretUrl },
    secret_file: keyFile === undefined ? keyFile : { file: keyFile, read: readKeys },
  },
  open: ({ publicUrl: source = '/ec2-operator' }) =>
    requestChannel(
      () => ({
        url: url ?? readSecretUrl(urlFile ?? ''),
        keys: keyFile === undefined ? [] : readKeys(keyFile),
        ...(format === 'standard' ? {} : { source }),
      }),
      renderWebhook,
    ),
}));

interface WebhookSettings {
  readonly url: string;
  readonly keys: readonly Buffer[];
  /** Of a CloudEvent. */
  readonly source?: string;
}

/** The specification advises less than 20 kB. */
const MOST_BYTES = 19_000;

export function renderWebhook({ url, keys, source }: WebhookSettings, letter: Letter): Post {
  const { id, news, now } = letter;
  const body = fit(
    letter.message,
    (message) => bodyOf(letter, message),
    (text) => Buffer.byteLength(text) <= MOST_BYTES,
  );
  const at = Math.floor(now / 1_000);
  const signatures = keys.map(
    (key) => `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`,
  );
  return {
    url,
    body,
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(at),
      ...(signatures.length === 0 ? {} : { 'webhook-signature': signatures.join(' ') }),
      ...(source === undefined
        ? {}
        : {
            'ce-specversion': '1.0',
            'ce-id': id,
            'ce-source': source,
            'ce-type': typeOf(letter),
            'ce-time': iso(news.at),
          }),
    },
  };
}

function typeOf({ news }: Letter): string {
  return `notice.${news.kind}`;
}

function bodyOf(letter: Letter, { title, text, facts, links }: Message): string {
  const { id, channel, news } = letter;
  return JSON.stringify({
    type: typeOf(letter),
    timestamp: iso(news.at),
    data: {
      id,
      kind: news.kind,
      channel,
      at: iso(news.at),
      ...('machine' in news ? { machine: news.machine, operation: news.operation } : {}),
      ...('stopsAt' in news ? { stopsAt: iso(news.stopsAt) } : {}),
      ...('until' in news ? { until: iso(news.until) } : {}),
      title,
      message: text,
      facts,
      links: Object.fromEntries(pagesOf(links).map(({ purpose, url }) => [purpose, url])),
    },
  });
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

/** @throws Error that does not quote the keys */
function readKeys(file: string): readonly Buffer[] {
  const lines = readFilledFile(file)
    .split('\n')
    .map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const text = line.replace(/^whsec_/, '');
      const key = Buffer.from(text, 'base64');
      if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text) || key.length < 24 || key.length > 64)
        throw new Error(`expected keys of 24 to 64 bytes as whsec_ and base64, one a line, in ${file}`);
      return key;
    });
}

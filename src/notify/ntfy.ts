/** Phones, by a server of ntfy. Its button keeps a machine without a browser. */
import * as z from 'zod';
import { filePath, httpUrl } from '../config/fields.ts';
import type { Message, MessageLink } from '../domain/message.ts';
import { readTokenFile } from '../outgoing/token-file.ts';
import { channelKind, type Delivered, type Letter } from './channel.ts';
import { fit } from './fit.ts';
import { pagesOf } from './links.ts';
import { failureOf, outcomeOf, type Post, type PostAnswer } from './post.ts';
import { readJson } from './read-json.ts';
import { requestChannel } from './request-channel.ts';

const settings = z
  .strictObject({
    url: httpUrl.default('https://ntfy.sh').describe("The server's address."),
    topic: z
      .string()
      .regex(/^[\w-]{1,64}$/, 'expected at most 64 letters, digits, dashes and underscores')
      .describe('The topic. On a public server the messages of a topic can be read by all people who guess its name.'),
    token_file: z.exactOptional(filePath).describe('A file with an access token of the server.'),
  })
  .describe('Phones, by the app ntfy.');

export const ntfy = channelKind(settings, ({ url, topic, token_file: file }) => ({
  secretFiles: { token_file: file === undefined ? file : { file, read: readTokenFile } },
  mayAct: true,
  open: () =>
    requestChannel(
      () => ({ url, topic, ...(file === undefined ? {} : { token: readTokenFile(file) }) }),
      renderNtfy,
      readNtfyAnswer,
      ({ url: server, token }) => ({
        ...accountOf(server, token),
        yes: token === undefined ? 'the server is healthy' : 'the server knows the token',
        remedy: 'check url, and the token in the file of token_file',
      }),
    ),
}));

function accountOf(url: string, token: string | undefined): Post {
  const request = { method: 'GET', body: '' } as const;
  if (token === undefined) return { ...request, url: `${url}/v1/health` };
  return { ...request, url: `${url}/v1/account`, headers: { authorization: `Bearer ${token}` } };
}

/** A longer message becomes a file that is attached. */
const MOST_BYTES = 4_096;
const MOST_ACTIONS = 3;
const PRIORITY = { quiet: 2, usual: 3, high: 4 };

interface NtfySettings {
  readonly url: string;
  readonly topic: string;
  readonly token?: string;
}

export function renderNtfy({ url, topic, token }: NtfySettings, { message }: Letter): Post {
  return fit(
    message,
    (short) => ({
      url,
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
      body: JSON.stringify({ topic, ...contentOf(short) }),
    }),
    ({ body }) => Buffer.byteLength(body) <= MOST_BYTES,
  );
}

function contentOf(message: Message): object {
  const { title, text, facts, links } = message;
  const [page] = pagesOf(links);
  return {
    title,
    message: [text, ...facts.map(({ name, value }) => `${name}: ${value}`)].filter((line) => line !== '').join('\n'),
    priority: priorityOf(message),
    ...(page === undefined ? {} : { click: page.url }),
    actions: links
      .toSorted((a, b) => Number(b.purpose === 'keep_now') - Number(a.purpose === 'keep_now'))
      .slice(0, MOST_ACTIONS)
      .map(actionOf),
  };
}

function actionOf({ purpose, label, url }: MessageLink): object {
  return purpose === 'keep_now'
    ? { action: 'http', label, url, method: 'POST', clear: true }
    : { action: 'view', label, url };
}

function priorityOf({ kind, isQuiet }: Message): number {
  if (isQuiet) return PRIORITY.quiet;
  return kind === 'warning' || kind === 'lease_ending' || kind === 'failed' ? PRIORITY.high : PRIORITY.usual;
}

const published = z.object({ id: z.string().min(1) });

export function readNtfyAnswer(answer: PostAnswer): Delivered {
  return readJson(answer, published) === undefined ? failureOf(answer) : outcomeOf(answer);
}

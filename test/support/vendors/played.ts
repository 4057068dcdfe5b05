/** Every vendor that is played here, and a channel that is configured for it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { loadConfig } from '../../../src/config/load.ts';
import type { Channel } from '../../../src/notify/channel.ts';
import { DISCORD_PATH, discordMessageOf, discordWebhook } from './discord.ts';
import { answerGoogleChat, GOOGLE_PATH, GOOGLE_QUERY, shownByGoogleChat } from './google-chat.ts';
import { unescaped } from './markdown.ts';
import { answerMattermost, MATTERMOST_PATH, mattermostTextOf } from './mattermost.ts';
import { answerNtfy, NTFY_TOKEN, publicationOf } from './ntfy.ts';
import { answerSlackWebhook, shownBySlack } from './slack.ts';
import { answerTeams, shownByTeams, TEAMS_PATH, TEAMS_QUERY } from './teams.ts';
import { shownByTelegram, TELEGRAM_CHAT, TELEGRAM_TOKEN, telegramApi, telegramTextOf } from './telegram.ts';
import { startVendor, type Vendor, type VendorAnswer, type VendorRequest } from './vendor.ts';
import { answerWebhook, noticeOf, WEBHOOK_KEY } from './webhook.ts';

interface PlayedKind {
  /** A fresh vendor. */
  readonly answers: () => (request: VendorRequest) => VendorAnswer;
  /** The channel's settings, and its file with a secret. */
  readonly settings: (url: string, file: string) => object;
  readonly secret: (url: string) => string;
  /** The text that a reader sees. */
  readonly shown: (body: string) => string;
}

const SLACK_PATH = '/services/T024BE7LD/B024BE7LE/s1ackS3cr3tOfTheWebhook0';

export const PLAYED: Readonly<Record<string, PlayedKind>> = {
  webhook: {
    answers: () => answerWebhook,
    settings: (url, file) => ({ url: `${url}/hook`, secret_file: file }),
    secret: () => WEBHOOK_KEY,
    shown: (body) => {
      const { title, message, facts } = noticeOf(body).data;
      return [title, message, ...facts.map(({ name, value }) => `${name}: ${value}`)].join('\n');
    },
  },
  slack: {
    answers: () => answerSlackWebhook,
    settings: (_url, file) => ({ webhook_url_file: file }),
    secret: (url) => `${url}${SLACK_PATH}`,
    shown: shownBySlack,
  },
  teams: {
    answers: () => answerTeams,
    settings: (_url, file) => ({ url_file: file }),
    secret: (url) => `${url}${TEAMS_PATH}?${TEAMS_QUERY}`,
    shown: shownByTeams,
  },
  ntfy: {
    answers: () => answerNtfy,
    settings: (url, file) => ({ url, topic: 'gpu', token_file: file }),
    secret: () => NTFY_TOKEN,
    shown: (body) => {
      const { title, message } = publicationOf(body);
      return `${title}\n${message}`;
    },
  },
  discord: {
    answers: discordWebhook,
    settings: (_url, file) => ({ url_file: file }),
    secret: (url) => `${url}${DISCORD_PATH}`,
    shown: (body) => {
      const { content = '', embeds } = discordMessageOf(body);
      const texts = embeds.flatMap(({ description = '', fields }) => [
        description,
        ...fields.map(({ name, value }) => `${name}: ${value}`),
      ]);
      return unescaped([content.replace(/^\*\*|\*\*$/g, ''), ...texts].join('\n'));
    },
  },
  mattermost: {
    answers: () => answerMattermost,
    settings: (_url, file) => ({ url_file: file }),
    secret: (url) => `${url}${MATTERMOST_PATH}`,
    shown: (body) => unescaped(mattermostTextOf(body).replace(/(?<!\\)\*\*/g, '')),
  },
  google_chat: {
    answers: () => answerGoogleChat,
    settings: (_url, file) => ({ url_file: file }),
    secret: (url) => `${url}${GOOGLE_PATH}?${GOOGLE_QUERY}`,
    shown: shownByGoogleChat,
  },
  telegram: {
    answers: telegramApi,
    settings: (url, file) => ({ url, token_file: file, chat: TELEGRAM_CHAT }),
    secret: () => TELEGRAM_TOKEN,
    shown: (body) => shownByTelegram(telegramTextOf(body)) ?? '',
  },
};

export interface Playing extends AsyncDisposable {
  readonly vendor: Vendor;
  readonly channel: Channel;
  /** With the channel's secret. */
  readonly file: string;
}

export function playedKind(kind: string): PlayedKind {
  const played = PLAYED[kind];
  if (played === undefined) throw new TypeError(`expected a vendor for ${kind}`);
  return played;
}

/** @param more settings of the channel */
export async function play(kind: string, more: object = {}): Promise<Playing> {
  const { answers, settings, secret } = playedKind(kind);
  const vendor = await startVendor(answers());
  const directory = mkdtempSync(path.join(tmpdir(), 'channel-'));
  const file = path.join(directory, 'secret');
  writeFileSync(file, `${secret(vendor.url)}\n`);
  return {
    vendor,
    file,
    channel: openChannel(kind, { ...settings(vendor.url, file), ...more }),
    [Symbol.asyncDispose]: async () => {
      rmSync(directory, { recursive: true });
      await vendor[Symbol.asyncDispose]();
    },
  };
}

/** As the server opens it. */
export function openChannel(kind: string, settings: object): Channel {
  const [channel] = loadConfig({}, stringify({ channels: [{ name: 'ml', [kind]: settings }] })).channels;
  if (channel === undefined) throw new TypeError('expected a channel');
  return channel.openable.open({
    clock: Date.now,
    publicUrl: 'https://ec2.example.com',
    zone: 'UTC',
    longestHoldMs: 86_400_000,
  });
}

/** What is wrong with a channel's settings is said where it is written, and nothing secret is repeated. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ConfigError, loadConfig } from '../../src/config/load.ts';
import { unusableChannelFiles } from '../../src/config-files.ts';

function problems(channel: string): string {
  try {
    loadConfig({}, `channels: [{ name: ml, ${channel} }]`);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.join('\n');
  }
  return '';
}

const RIGHT = [
  'webhook: { url: "http://127.0.0.1:9000/hook" }',
  'webhook: { url_file: /run/url, secret_file: /run/key, format: cloudevents }',
  'slack: { webhook_url_file: /run/url }',
  'teams: { url_file: /run/url }',
  'ntfy: { topic: gpu }',
  'ntfy: { url: "https://ntfy.example.com", topic: gpu-7, token_file: /run/token }',
  'discord: { url_file: /run/url }',
  'mattermost: { url_file: /run/url }',
  'google_chat: { url_file: /run/url }',
  'telegram: { token_file: /run/token, chat: -1001234567890, topic: 7 }',
  'telegram: { token_file: /run/token, chat: "@gpu_team", url: "http://127.0.0.1:8081" }',
];

test('each kind takes its settings', () => {
  for (const channel of RIGHT) assert.equal(problems(channel), '', channel);
});

const WRONG: readonly (readonly [string, RegExp])[] = [
  ['webhook: {}', /^channels, 1st entry, webhook: expected either url or url_file/],
  [
    'webhook: { url: "http://h", url_file: /run/url }',
    /^channels, 1st entry, webhook: expected either url or url_file/,
  ],
  ['webhook: { url: "ftp://h" }', /^channels, 1st entry, webhook\.url: expected an http or https URL/],
  [
    'webhook: { url: "http://h/?token=hunter2" }',
    /^channels, 1st entry, webhook\.url: expected an http or https URL without/,
  ],
  ['webhook: { url: "http://h", format: xml }', /^channels, 1st entry, webhook\.format: /],
  ['webhook: { url: "http://h", secret: hunter2 }', /^channels, 1st entry, webhook\.secret: /],
  ['slack: { webhook_url: "https://hooks.slack.com/services/hunter2" }', /^channels, 1st entry, slack/],
  ['teams: { url: "https://h/hunter2" }', /^channels, 1st entry, teams\.url/],
  ['teams: { url_file: "" }', /^channels, 1st entry, teams\.url_file: expected a path/],
  ['ntfy: { url: "https://ntfy.sh" }', /^channels, 1st entry, ntfy\.topic: /],
  ['ntfy: { topic: "gpu/7" }', /^channels, 1st entry, ntfy\.topic: expected at most 64 letters, digits/],
  ['ntfy: { topic: gpu, token: hunter2 }', /^channels, 1st entry, ntfy\.token: /],
  ['discord: { webhook_url: "https://h/hunter2" }', /discord\.webhook_url: unknown setting/],
  ['mattermost: { url_file: [] }', /^channels, 1st entry, mattermost\.url_file: expected a path/],
  ['google_chat: "https://h/hunter2"', /^channels, 1st entry, google_chat: /],
  ['telegram: { chat: 7 }', /^channels, 1st entry, telegram\.token_file: expected a path/],
  [
    'telegram: { token_file: /run/token }',
    /^channels, 1st entry, telegram\.chat: expected a number or text, got nothing/,
  ],
  [
    'telegram: { token_file: /run/token, chat: gpu team }',
    /^channels, 1st entry, telegram\.chat: expected the chat's number/,
  ],
  ['telegram: { token_file: /run/token, chat: 7, topic: 0 }', /^channels, 1st entry, telegram\.topic: /],
  ['pager: {}', /pager/],
  ['only: { team: ml }', /expected exactly one of .*webhook.*telegram/],
  ['ntfy: { topic: gpu }, teams: { url_file: /run/url }', /expected exactly one of/],
];

test('each fault is told by its setting', () => {
  for (const [channel, expected] of WRONG) {
    const told = problems(channel);
    assert.match(told, expected, channel);
    assert.doesNotMatch(told, /hunter2/, channel);
  }
});

test('a file with a secret that is missing or holds something else is told by its setting', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'channel-'));
  try {
    const file = path.join(directory, 'secret');
    const text = RIGHT.map((channel, index) => `  - { name: c${index}, ${channel} }`).join('\n');
    const config = loadConfig({}, `channels:\n${text.replaceAll(/\/run\/\w+/g, file)}`);
    const missing = unusableChannelFiles(config);
    const settings = [
      'channels, 2nd entry, webhook.url_file',
      'channels, 2nd entry, webhook.secret_file',
      'channels, 3rd entry, slack.webhook_url_file',
      'channels, 4th entry, teams.url_file',
      'channels, 6th entry, ntfy.token_file',
      'channels, 7th entry, discord.url_file',
      'channels, 8th entry, mattermost.url_file',
      'channels, 9th entry, google_chat.url_file',
      'channels, 10th entry, telegram.token_file',
      'channels, 11th entry, telegram.token_file',
    ];
    assert.deepEqual(
      missing.map((line) => line.split(':')[0]),
      settings,
    );
    assert.match(missing[0] ?? '', /: expected a file at .*secret that can be read, got ENOENT$/);
    writeFileSync(file, 'hunter2 hunter2');
    const wrong = unusableChannelFiles(config);
    // A token of ntfy may have any form.
    assert.equal(wrong.length, settings.length - 1);
    assert.doesNotMatch(wrong.join('\n'), /hunter2/);
    assert.ok(
      wrong.includes(
        `channels, 4th entry, teams.url_file: expected one http or https URL without a user and a password in ${file}`,
      ),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});

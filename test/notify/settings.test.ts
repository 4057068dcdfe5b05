/** What is wrong with a channel's settings is said where it is written, and nothing secret is repeated. */
import assert from 'node:assert/strict';
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
  ['webhook: {}', /^channels\.0\.webhook: expected either url or url_file/],
  ['webhook: { url: "http://h", url_file: /run/url }', /^channels\.0\.webhook: expected either url or url_file/],
  ['webhook: { url: "ftp://h" }', /^channels\.0\.webhook\.url: expected an http or https URL/],
  ['webhook: { url: "http://h/?token=hunter2" }', /^channels\.0\.webhook\.url: expected an http or https URL without/],
  ['webhook: { url: "http://h", format: xml }', /^channels\.0\.webhook\.format: /],
  ['webhook: { url: "http://h", secret: hunter2 }', /^channels\.0\.webhook\.secret: /],
  ['slack: { webhook_url: "https://hooks.slack.com/services/hunter2" }', /^channels\.0\.slack/],
  ['teams: { url: "https://h/hunter2" }', /^channels\.0\.teams\.url/],
  ['teams: { url_file: "" }', /^channels\.0\.teams\.url_file: expected a path/],
  ['ntfy: { url: "https://ntfy.sh" }', /^channels\.0\.ntfy\.topic: /],
  ['ntfy: { topic: "gpu/7" }', /^channels\.0\.ntfy\.topic: expected at most 64 letters, digits/],
  ['ntfy: { topic: gpu, token: hunter2 }', /^channels\.0\.ntfy\.token: /],
  ['discord: { webhook_url: "https://h/hunter2" }', /^channels\.0\.discord\.webhook_url/],
  ['mattermost: { url_file: [] }', /^channels\.0\.mattermost\.url_file: expected a path/],
  ['google_chat: "https://h/hunter2"', /^channels\.0\.google_chat: /],
  ['telegram: { chat: 7 }', /^channels\.0\.telegram\.token_file: expected a path/],
  ['telegram: { token_file: /run/token }', /^channels\.0\.telegram\.chat: expected the chat's number/],
  ['telegram: { token_file: /run/token, chat: gpu team }', /^channels\.0\.telegram\.chat: expected the chat's number/],
  ['telegram: { token_file: /run/token, chat: 7, topic: 0 }', /^channels\.0\.telegram\.topic: /],
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

test('a missing file with a secret is told by its setting', () => {
  const text = RIGHT.map((channel, index) => `  - { name: c${index}, ${channel} }`).join('\n');
  const told = unusableChannelFiles(loadConfig({}, `channels:\n${text}`));
  const settings = [
    'channels.1.webhook.url_file',
    'channels.1.webhook.secret_file',
    'channels.2.slack.webhook_url_file',
    'channels.3.teams.url_file',
    'channels.5.ntfy.token_file',
    'channels.6.discord.url_file',
    'channels.7.mattermost.url_file',
    'channels.8.google_chat.url_file',
    'channels.9.telegram.token_file',
    'channels.10.telegram.token_file',
  ];
  assert.deepEqual(told.map((line) => line.split(':')[0]).toSorted(), settings.toSorted());
  assert.match(told[0] ?? '', /: expected a file at \/run\/url that can be read, got ENOENT$/);
});

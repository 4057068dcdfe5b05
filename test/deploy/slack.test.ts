/** The manifest makes an app that can do what the code asks of Slack. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import * as z from 'zod';
import { ROUTES } from '../../src/http/routes.ts';
import { ROOT } from './dockerfile.ts';

const TEXT = readFileSync(path.join(ROOT, 'deploy/slack/manifest.yaml'), 'utf8');

const manifest = z
  .looseObject({
    features: z.looseObject({
      slash_commands: z.array(z.looseObject({ command: z.string(), should_escape: z.boolean() })),
    }),
    oauth_config: z.looseObject({ scopes: z.looseObject({ bot: z.array(z.string()) }) }),
    settings: z.looseObject({
      interactivity: z.looseObject({ is_enabled: z.boolean() }),
      socket_mode_enabled: z.boolean(),
      token_rotation_enabled: z.boolean(),
    }),
  })
  .parse(parse(TEXT));

test('the app has buttons, the command and Socket Mode, and its token does not expire', () => {
  const { features, settings } = manifest;
  assert.deepEqual(
    features.slash_commands.map(({ command, should_escape: escapes }) => [command, escapes]),
    [['/ec2', false]],
  );
  assert.deepEqual(
    [settings.interactivity.is_enabled, settings.socket_mode_enabled, settings.token_rotation_enabled],
    [true, true, false],
  );
});

test('the bot has every scope that the code needs, and none to read messages', () => {
  const { bot } = manifest.oauth_config.scopes;
  for (const scope of ['chat:write', 'commands', 'users:read', 'users:read.email', 'channels:read', 'groups:read'])
    assert.ok(bot.includes(scope), scope);
  assert.ok(!bot.some((scope) => scope.endsWith(':history')));
});

test('the addresses of signed requests are routes', () => {
  const paths = [...TEXT.matchAll(/https:\/\/ec2\.example\.com(\S+)/g)].map(([, found = '']) => found);
  assert.equal(paths.length, 2);
  for (const found of paths)
    assert.ok(
      ROUTES.some(({ method, path: known }) => method === 'POST' && known === found),
      found,
    );
});

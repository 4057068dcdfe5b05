import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { News } from '../../domain/notice.ts';
import { hostileLetter, letterOf, NOW, warning } from '../../../test/support/letter.ts';
import { temporaryDirectory } from '../../../test/support/operator.ts';
import { startSlack, type SlackVendor } from '../../../test/support/vendors/slack-app.ts';
import { BOT_TOKEN, type SlackWorldOptions } from '../../../test/support/vendors/slack-world.ts';
import type { Channel, Delivered, Letter } from '../channel.ts';
import { slack as kind } from './slack.ts';

interface Writing extends AsyncDisposable {
  readonly slack: SlackVendor;
  readonly channel: Channel;
  readonly deliver: (letter: Letter) => Promise<Delivered>;
}

async function start(
  settings: Readonly<Record<string, unknown>> = {},
  world: SlackWorldOptions = {},
): Promise<Writing> {
  await using stack = new AsyncDisposableStack();
  const slack = stack.use(await startSlack(world));
  const file = path.join(await temporaryDirectory(stack), 'bot-token');
  await writeFile(file, BOT_TOKEN);
  const given = { bot_token_file: file, signing_secret_file: file, api_url: slack.api, ...settings };
  const all: [string, unknown][] = Object.entries('to' in settings ? given : { channel: 'C0123', ...given });
  const openable = kind.parse(Object.fromEntries(all.filter(([, value]) => value !== undefined)));
  const channel = openable.open({ clock: () => NOW, zone: 'Europe/Berlin', longestHoldMs: 24 * 3_600_000 });
  const running = stack.move();
  return {
    slack,
    channel,
    deliver: async (letter) => channel.deliver(letter, new AbortController().signal),
    [Symbol.asyncDispose]: async () => running.disposeAsync(),
  };
}

function buttonsOf({ world }: SlackVendor): readonly string[] {
  const blocks = (world.posted.at(-1)?.versions.at(-1)?.['blocks'] ?? []) as {
    type: string;
    elements?: { text: { text: string }; action_id: string; value: string }[];
  }[];
  return blocks.flatMap(({ elements = [] }) =>
    elements.map(({ text, action_id, value }) => `${text.text}=${action_id}:${value}`),
  );
}

const id = letterOf().id;
const kept: News = {
  kind: 'kept',
  at: NOW,
  machine: { id: 'i-1' },
  operation: 'operation-1',
  by: 'hold',
  message: 'held',
};

test('one message for an operation, which is edited as things go on', async () => {
  await using writing = await start();
  const first = await writing.deliver(letterOf());
  assert.ok(first.outcome === 'sent' && first.reference !== undefined);
  assert.match(first.reference, /^C0123:\d+\.\d+$/);
  const { fields } = writing.slack.calls[0] ?? {};
  assert.match(String(fields?.['text']), /^gpu-train-7 stops at 14:15 CET/);
  assert.deepEqual(fields?.['metadata'], {
    event_type: 'ec2_operator_notice',
    event_payload: { operation: 'operation-1', kind: 'warning' },
  });
  const edited = await writing.deliver(
    letterOf({ title: 'gpu-train-7 is kept' }, { news: kept, earlier: first.reference }),
  );
  assert.deepEqual(edited, first);
  assert.deepEqual(
    writing.slack.calls.map((call) => call.method),
    ['chat.postMessage', 'chat.update'],
  );
  assert.equal(writing.slack.world.posted.length, 1);
});

test('a second warning makes itself heard under the message', async () => {
  await using writing = await start();
  const first = await writing.deliver(letterOf());
  assert.ok(first.outcome === 'sent' && first.reference !== undefined);
  const again = await writing.deliver(letterOf({}, { earlier: first.reference }));
  assert.deepEqual(again, first);
  const [, ts] = first.reference.split(':');
  const reply = writing.slack.world.posted[1]?.versions[0];
  assert.deepEqual([reply?.['thread_ts'], reply?.['reply_broadcast']], [ts, true]);
});

test('a message that was deleted is posted anew', async () => {
  await using writing = await start();
  const delivered = await writing.deliver(letterOf({}, { news: kept, earlier: 'C0123:1.000001' }));
  assert.ok(delivered.outcome === 'sent' && delivered.reference !== undefined);
  assert.notEqual(delivered.reference, 'C0123:1.000001');
  for (const error of ['edit_window_closed', 'cant_update_message']) {
    writing.slack.world.errors.set('chat.update', [{ error }]);
    const { outcome } = await writing.deliver(letterOf({}, { news: kept, earlier: delivered.reference }));
    assert.equal(outcome, 'sent');
  }
  assert.equal(writing.slack.world.posted.length, 3);
});

test('buttons by what happened, by what people may do, and by how long machines may be held', async () => {
  await using writing = await start({ may: ['hold', 'start', 'stop'] });
  await writing.deliver(letterOf());
  assert.deepEqual(buttonsOf(writing.slack), [
    `Keep 1 h=keep_1h:${id}`,
    `Keep 4 h=keep_4h:${id}`,
    `Until tomorrow 9:00=keep_morning:${id}`,
    `Stop now=stop:${id}`,
  ]);
  await writing.deliver(letterOf({}, { news: { ...warning, kind: 'stopped', message: '' } as News }));
  assert.deepEqual(buttonsOf(writing.slack), [`Start=start:${id}`]);
  await using modest = await start({ may: ['start'] });
  await modest.deliver(letterOf());
  assert.deepEqual(buttonsOf(modest.slack), []);
  await using mute = await start({ signing_secret_file: undefined });
  await mute.deliver(letterOf());
  assert.deepEqual(buttonsOf(mute.slack), []);
});

test("an owner is written to by her e-mail address, and her message is edited in the conversation's id", async () => {
  await using writing = await start({ to: 'owner' });
  const first = await writing.deliver(letterOf({}, { recipient: 'pia@example.com' }));
  assert.ok(first.outcome === 'sent' && first.reference !== undefined);
  assert.match(first.reference, /^D0PIA:/);
  await writing.deliver(letterOf({}, { recipient: 'pia@example.com', news: kept, earlier: first.reference }));
  await writing.deliver(letterOf({}, { recipient: 'pia@example.com' }));
  assert.deepEqual(
    writing.slack.calls.map(({ method }) => method),
    ['users.lookupByEmail', 'chat.postMessage', 'chat.update', 'chat.postMessage'],
  );
  const nobody = await writing.deliver(letterOf({}, { recipient: 'max@example.com' }));
  assert.deepEqual(nobody, {
    outcome: 'never',
    error: 'users_not_found: no member of the workspace has this e-mail address',
  });
});

test('what Slack refuses: what to do, or when to try again, and never the token', async () => {
  await using writing = await start();
  const { world } = writing.slack;
  const tell = async (error: string, retryAfter?: number): Promise<string> => {
    world.errors.set('chat.postMessage', [{ error, ...(retryAfter === undefined ? {} : { retryAfter }) }]);
    const delivered = await writing.deliver(letterOf());
    const { outcome, error: told = '' } = delivered.outcome === 'sent' ? { outcome: 'sent' } : delivered;
    assert.doesNotMatch(told, /xoxb/);
    const after = delivered.outcome === 'later' && delivered.afterMs !== undefined ? ` after ${delivered.afterMs}` : '';
    return `${outcome}${after}: ${told}`;
  };
  assert.equal(await tell('ratelimited', 30), 'later after 30000: Slack wants to be asked again in 30 s');
  assert.match(await tell('ratelimited', 2 ** 31), /^later after 3600000: /);
  assert.match(await tell('not_in_channel'), /^never: not_in_channel: .*\/invite @ec2-operator/);
  for (const error of ['invalid_auth', 'account_inactive', 'channel_not_found', 'is_archived'])
    assert.match(await tell(error), new RegExp(`^never: ${error}: .{20}`));
  assert.equal(await tell('internal_error'), 'later: Slack answered internal_error');
  assert.equal(await tell('constructor'), 'later: Slack answered constructor');
  world.scopes = ['commands'];
  assert.match(await tell('missing_scope'), /^never: missing_scope: add the scope/);
  const scoped = await writing.deliver(letterOf());
  assert.deepEqual(scoped, {
    outcome: 'never',
    error: 'missing_scope: add the scope chat:write to the app, and install it again',
  });
});

test('a message whose blocks Slack does not take is sent as text', async () => {
  await using writing = await start();
  writing.slack.world.errors.set('chat.postMessage', [{ error: 'msg_blocks_too_long' }]);
  const first = await writing.deliver(letterOf());
  assert.ok(first.outcome === 'sent' && first.reference !== undefined);
  const [posted] = writing.slack.world.posted;
  assert.equal(posted?.versions[0]?.['blocks'], undefined);
  writing.slack.world.errors.set('chat.update', [{ error: 'invalid_blocks' }]);
  await writing.deliver(letterOf({}, { news: kept, earlier: first.reference }));
  assert.deepEqual(posted?.versions[1]?.['blocks'], []);
});

test('Slack takes every message with its buttons, however hostile its names', async () => {
  await using writing = await start({ may: ['hold', 'start', 'stop'] });
  await fc.assert(
    fc.asyncProperty(hostileLetter, async (letter) => {
      assert.equal((await writing.deliver(letter)).outcome, 'sent');
      assert.equal(buttonsOf(writing.slack).length, 4);
    }),
    { numRuns: 50 },
  );
  assert.deepEqual(new Set(writing.slack.calls.map(({ method }) => method)), new Set(['chat.postMessage']));
  assert.equal(writing.slack.world.posted.length, writing.slack.calls.length);
});

test('the doctor is told of scopes, of the channel and of the app', async () => {
  const examine = async ({ channel }: Writing): Promise<readonly string[]> =>
    ((await channel.examine?.(new AbortController().signal)) ?? []).map(({ level, message }) => `${level}: ${message}`);
  await using writing = await start();
  const { world } = writing.slack;
  assert.deepEqual(await examine(writing), [
    'ok: the bot ec2-operator signs in to Example (T0TEAM)',
    'ok: the bot has the scopes chat:write',
    'ok: the bot is in the channel C0123',
  ]);
  world.channels.set('C0123', { isMember: false, isArchived: false });
  assert.ok((await examine(writing)).includes('fail: the bot is not in the channel C0123'));
  world.scopes = ['commands'];
  const modest = await examine(writing);
  assert.ok(modest.includes('fail: the bot lacks the scopes chat:write'));
  assert.ok(modest.includes('warn: it could not be checked whether the bot is in the channel C0123'));
  world.botToken = 'another';
  assert.match((await examine(writing)).join(), /^fail: the bot cannot sign in: invalid_auth: Slack does not know/);
});

test('settings that contradict each other', () => {
  const problems = (settings: Readonly<Record<string, unknown>>): string =>
    (kind.safeParse(settings).error?.issues ?? [])
      .map(({ path: where, message }) => `${where.join('.')}: ${message}`)
      .join();
  assert.match(problems({}), /^: expected either webhook_url_file, or bot_token_file/);
  assert.match(problems({ bot_token_file: '/t' }), /expected either channel, or to: owner/);
  assert.match(problems({ bot_token_file: '/t', channel: '#general' }), /channel: expected the id of a channel/);
  assert.match(
    problems({ webhook_url_file: '/u', channel: 'C0123' }),
    /^channel: expected it with bot_token_file only/,
  );
  assert.match(
    problems({ bot_token_file: '/t', to: 'owner', app_token_file: '/a', signing_secret_file: '/s' }),
    /expected either app_token_file/,
  );
  assert.equal(problems({ bot_token_file: '/t', to: 'owner', may: ['hold'] }), '');
});

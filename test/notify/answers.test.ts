/** What the answers of single vendors mean, and what is special to their messages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { letterOf, LINKS } from '../support/letter.ts';
import { publicationOf } from '../support/vendors/ntfy.ts';
import { openChannel, play, type Playing } from '../support/vendors/played.ts';

const signal = new AbortController().signal;

async function answered(kind: string, status: number, body: unknown): Promise<unknown> {
  await using playing = await play(kind);
  playing.vendor.next({ status, body });
  return await playing.channel.deliver(letterOf(), signal);
}

function lastBody({ vendor }: Playing): string {
  const last = vendor.requests.at(-1);
  assert.ok(last !== undefined);
  return last.body;
}

test('Telegram: a wrong token, a chat that is unknown or has moved, and a limit', async () => {
  const refused = (error_code: number, description: string, parameters?: object): object => ({
    ok: false,
    error_code,
    description,
    parameters,
  });
  assert.deepEqual(await answered('telegram', 401, refused(401, 'Unauthorized')), {
    outcome: 'never',
    error: 'status 401: "Unauthorized"',
  });
  const moved = refused(400, 'Bad Request: group chat was upgraded', { migrate_to_chat_id: -100_987 });
  assert.deepEqual(await answered('telegram', 400, moved), {
    outcome: 'never',
    error: 'status 400: "the chat has a new number: set chat to -100987"',
  });
  const limited = refused(429, 'Too Many Requests: retry after 35', { retry_after: 35 });
  assert.deepEqual(await answered('telegram', 429, limited), {
    outcome: 'later',
    error: 'status 429: "Too Many Requests: retry after 35"',
    afterMs: 35_000,
  });
  // The API could say so with any status.
  assert.deepEqual(await answered('telegram', 200, refused(400, 'Bad Request: chat not found')), {
    outcome: 'later',
    error: 'status 200: "Bad Request: chat not found"',
  });
});

test('Discord: a webhook that was deleted, and a limit in fractions of a second', async () => {
  assert.deepEqual(await answered('discord', 404, { message: 'Unknown Webhook', code: 10_015 }), {
    outcome: 'never',
    error: 'status 404: "Unknown Webhook"',
  });
  const limited = { message: 'You are being rate limited.', retry_after: 0.25, global: false };
  assert.deepEqual(await answered('discord', 429, limited), {
    outcome: 'later',
    error: 'status 429: "You are being rate limited."',
    afterMs: 250,
  });
});

test('Slack, Mattermost, Google Chat and ntfy: their own words are shown', async () => {
  assert.deepEqual(await answered('slack', 410, 'channel_is_archived'), {
    outcome: 'never',
    error: 'status 410: "channel_is_archived"',
  });
  assert.deepEqual(await answered('mattermost', 400, { id: 'x', message: 'Invalid webhook', status_code: 400 }), {
    outcome: 'never',
    error: 'status 400: "Invalid webhook"',
  });
  const error = { code: 403, message: 'Webhooks are disabled', status: 'PERMISSION_DENIED' };
  assert.deepEqual(await answered('google_chat', 403, { error }), {
    outcome: 'never',
    error: 'status 403: "Webhooks are disabled"',
  });
  assert.deepEqual(await answered('ntfy', 429, { code: 42_901, http: 429, error: 'limit reached' }), {
    outcome: 'later',
    error: 'status 429: "limit reached"',
  });
});

test('Teams: accepted is all that it says', async () => {
  assert.deepEqual(await answered('teams', 202, ''), { outcome: 'sent' });
  assert.deepEqual(await answered('teams', 200, '1'), { outcome: 'sent' });
  const error = { code: 'WorkflowTriggerIsNotEnabled', message: 'Could not execute workflow' };
  const delivered = await answered('teams', 400, { error });
  assert.deepEqual(delivered, { outcome: 'never', error: 'status 400: "Could not execute workflow"' });
});

test('ntfy: the button that keeps the machine is first, and acts without a page', async () => {
  await using playing = await play('ntfy');
  await playing.channel.deliver(letterOf(), signal);
  const [keep, see, now] = LINKS.map(({ url }) => url);
  const { priority, click, actions } = publicationOf(lastBody(playing));
  assert.deepEqual(
    { priority, click, actions },
    {
      priority: 4,
      click: keep,
      actions: [
        { action: 'http', label: 'Keep 4 h', url: now, method: 'POST', clear: true },
        { action: 'view', label: 'Keep it running', url: keep },
        { action: 'view', label: 'Details', url: see },
      ],
    },
  );
  await playing.channel.deliver(letterOf({ kind: 'stopped' }), signal);
  assert.equal(publicationOf(lastBody(playing)).priority, 3);
});

test('ntfy: a topic that anybody may write to needs no token', async () => {
  await using playing = await play('ntfy');
  const channel = openChannel('ntfy', { url: playing.vendor.url, topic: 'gpu' });
  assert.deepEqual(await channel.deliver(letterOf(), signal), { outcome: 'never', error: 'status 403: "forbidden"' });
  assert.equal(playing.vendor.requests.at(-1)?.headers.authorization, undefined);
});

test('Google Chat: messages about the same thing share a thread', async () => {
  await using playing = await play('google_chat');
  await playing.channel.deliver(letterOf(), signal);
  const { thread } = z.looseObject({ thread: z.unknown() }).parse(JSON.parse(lastBody(playing)));
  assert.deepEqual(thread, { threadKey: 'operation-1' });
});

test('Telegram: a topic of a group', async () => {
  await using playing = await play('telegram', { topic: 7 });
  assert.equal((await playing.channel.deliver(letterOf(), signal)).outcome, 'sent');
  assert.match(lastBody(playing), /"message_thread_id":7/);
});

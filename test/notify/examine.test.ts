/** What the doctor is told of a channel, without a message. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { openChannel, play, PLAYED } from '../support/vendors/played.ts';
import { TELEGRAM_CHAT } from '../support/vendors/telegram.ts';

const signal = new AbortController().signal;

test('each channel says whether it can be used, and nothing is posted', async () => {
  for (const kind of Object.keys(PLAYED)) {
    await using playing = await play(kind);
    const findings = await playing.channel.examine?.(signal);
    assert.deepEqual(
      findings?.map(({ level }) => level),
      ['ok'],
      kind,
    );
    assert.ok(playing.vendor.requests.every(({ method, path }) => method === 'GET' || path.endsWith('/getChat')));
    writeFileSync(playing.file, '');
    const [unread] = (await playing.channel.examine?.(signal)) ?? [];
    assert.equal(unread?.level, 'fail', kind);
    assert.match(unread.message, /^expected something in .*, got an empty file$/);
  }
});

test('a webhook, a chat and a token that the vendor does not know', async () => {
  await using discord = await play('discord');
  writeFileSync(discord.file, `${discord.vendor.url}/api/webhooks/7/n0thing`);
  assert.deepEqual(await discord.channel.examine?.(signal), [
    {
      level: 'fail',
      message: 'status 404: "Unknown Webhook"',
      remedy: 'create a webhook in the settings of the channel, and put its URL into the file of url_file',
    },
  ]);
  await using telegram = await play('telegram');
  const elsewhere = { url: telegram.vendor.url, token_file: telegram.file, chat: TELEGRAM_CHAT + 1 };
  const [unknown] = (await openChannel('telegram', elsewhere).examine?.(signal)) ?? [];
  assert.equal(unknown?.message, 'status 400: "Bad Request: chat not found"');
  await using ntfy = await play('ntfy');
  writeFileSync(ntfy.file, 'tk_revoked');
  const [refused] = (await ntfy.channel.examine?.(signal)) ?? [];
  assert.equal(refused?.message, 'status 403: "forbidden"');
});

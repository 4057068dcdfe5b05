/** Discord and Telegram edit the message of the warning when it is over. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { News } from '../../src/domain/notice.ts';
import type { Delivered, Letter } from '../../src/notify/channel.ts';
import { letterOf, NOW, warning } from '../support/letter.ts';
import { play } from '../support/vendors/played.ts';
import type { Vendor } from '../support/vendors/vendor.ts';

const signal = new AbortController().signal;
const machine = { id: 'i-0123456789abcdef0' };
const kept: News = { kind: 'kept', at: NOW, machine, operation: 'operation-1', by: 'hold', message: 'pia keeps it' };

function follow(earlier: string, news: News = kept): Letter {
  return letterOf({ kind: news.kind, title: 'gpu-train-7 keeps running until 18:00 CET' }, { earlier, news });
}

function referenceOf(delivered: Delivered): string {
  assert.ok(delivered.outcome === 'sent' && delivered.reference !== undefined);
  return delivered.reference;
}

const ways: Readonly<Record<string, (vendor: Vendor) => readonly string[]>> = {
  discord: ({ requests }) =>
    requests.map(({ method, path }) => (method === 'PATCH' ? `edit ${path.split('/').at(-1)}` : 'send')),
  telegram: ({ requests }) =>
    requests.map(({ path, body }) =>
      path.endsWith('editMessageText') ? `edit ${/"message_id":(\d+)/.exec(body)?.[1]}` : 'send',
    ),
};

for (const [kind, done] of Object.entries(ways)) {
  describe(kind, () => {
    test('what becomes of a warning is written into its message', async () => {
      await using playing = await play(kind);
      const reference = referenceOf(await playing.channel.deliver(letterOf(), signal));
      const again = referenceOf(await playing.channel.deliver(follow(reference), signal));
      assert.equal(again, reference);
      assert.deepEqual(done(playing.vendor), ['send', `edit ${reference}`]);
    });

    test('an edit that is made again is done', async () => {
      await using playing = await play(kind);
      const reference = referenceOf(await playing.channel.deliver(letterOf(), signal));
      await playing.channel.deliver(follow(reference), signal);
      assert.equal(referenceOf(await playing.channel.deliver(follow(reference), signal)), reference);
    });

    test('a message that is gone is sent anew', async () => {
      await using playing = await play(kind);
      const reference = referenceOf(await playing.channel.deliver(follow('123456789'), signal));
      assert.notEqual(reference, '123456789');
      assert.deepEqual(done(playing.vendor), ['edit 123456789', 'send']);
    });

    test('a second warning and a failure are messages of their own, because an edit makes no sound', async () => {
      await using playing = await play(kind);
      const reference = referenceOf(await playing.channel.deliver(letterOf(), signal));
      const failed: News = { ...kept, kind: 'failed', verb: 'stop', reason: 'retry', message: 'EC2 refused' };
      for (const news of [warning, failed]) await playing.channel.deliver(follow(reference, news), signal);
      assert.deepEqual(done(playing.vendor), ['send', 'send', 'send']);
    });

    test('a limit of an edit is kept', async () => {
      await using playing = await play(kind);
      const body = { ok: false, message: 'slow down', description: 'slow down', retry_after: 1.5, code: 0 };
      playing.vendor.next({ status: 429, body: { ...body, parameters: { retry_after: 1.5 } } });
      const delivered = await playing.channel.deliver(follow('123456789'), signal);
      assert.deepEqual(delivered, { outcome: 'later', error: 'status 429: "slow down"', afterMs: 1_500 });
    });
  });
}

test('a message at night makes no sound', async () => {
  for (const [kind, silent] of [
    ['discord', '"flags":4096'],
    ['telegram', '"disable_notification":true'],
    ['ntfy', '"priority":2'],
  ] as const) {
    await using playing = await play(kind);
    for (const isQuiet of [true, false]) await playing.channel.deliver(letterOf({ isQuiet }), signal);
    assert.deepEqual(
      playing.vendor.requests.map(({ body }) => body.includes(silent)),
      [true, false],
      kind,
    );
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { hostileLetter, letterOf, LINKS, TIME } from '../../../test/support/letter.ts';
import { answerSlackWebhook } from '../../../test/support/vendors/slack.ts';
import { slackMessageOf } from './blocks.ts';

test('a warning as Slack shows it', () => {
  assert.deepEqual(slackMessageOf(letterOf().message), {
    text: `gpu-train-7 stops at ${TIME}\nNo GPU above 2 % since 13:20. The disks are kept.`,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: `gpu-train-7 stops at ${TIME}`, emoji: false } },
      {
        type: 'section',
        text: { type: 'plain_text', text: 'No GPU above 2 % since 13:20. The disks are kept.', emoji: false },
      },
      {
        type: 'section',
        fields: [
          { type: 'plain_text', text: 'Machine\ngpu-train-7 (i-0123456789abcdef0, g5.xlarge)', emoji: false },
          { type: 'plain_text', text: 'Owner\npia@example.com', emoji: false },
        ],
      },
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          text: `*<${LINKS[0]?.url}|Keep it running>*   *<${LINKS[1]?.url}|Details>*`,
          verbatim: true,
        },
      },
    ],
    unfurl_links: false,
    unfurl_media: false,
  });
});

test('buttons stand between the facts and the links', () => {
  const actions = { type: 'actions', elements: [{ type: 'button' }] } as const;
  const kinds = slackMessageOf(letterOf().message, [actions]).blocks.map(({ type }) => type);
  assert.deepEqual(kinds, ['header', 'section', 'section', 'actions', 'section']);
});

test('Slack takes every message, however hostile its names, and it notifies nobody', () => {
  fc.assert(
    fc.property(hostileLetter, ({ message }) => {
      const rendered = slackMessageOf(message);
      const request = { method: 'POST', path: '/services/T0/B0/x', query: new URLSearchParams() };
      const answer = answerSlackWebhook({
        ...request,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(rendered),
      });
      assert.deepEqual(answer, { status: 200, body: 'ok' });
      const [header] = rendered.blocks;
      assert.ok(header?.type === 'header');
      assert.match(header.text.text, /^gpu-train-7.*14:15 CET$/);
      assert.match(rendered.text, /^gpu-train-7.*14:15 CET/);
      for (const { url } of message.links.filter(({ purpose }) => purpose !== 'keep_now'))
        assert.ok(JSON.stringify(rendered.blocks).includes(url), url);
    }),
    // A smaller one of these takes minutes to find.
    { endOnFailure: true },
  );
});

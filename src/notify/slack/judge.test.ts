import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Notice } from '../../domain/notice.ts';
import { letterOf, NOW, warning } from '../../../test/support/letter.ts';
import { judgeClick } from './judge.ts';
import type { Click } from './payloads.ts';

const { id, channel, thread } = letterOf();
const notice: Notice = {
  id,
  channel,
  thread,
  news: warning,
  subject: thread,
  availableAt: NOW,
  createdAt: NOW,
  state: 'sent',
  attempts: 1,
  reference: 'C0123:1.5',
};
const click: Click = {
  person: { id: 'U0PIA' },
  teams: ['T0TEAM'],
  channel: 'C0123',
  action: 'keep_1h',
  notice: id,
  messages: ['1.5'],
  pressedAt: '1',
};

test('a press counts in the channel to which the bot writes now, and to owners everywhere', () => {
  const judged = (writesTo?: string): string => {
    const bot = {
      api: { url: 'https://slack.com/api/', tokenFile: '/token' },
      may: new Set(['hold'] as const),
      ...(writesTo === undefined ? {} : { channel: writesTo }),
    };
    const judgement = judgeClick(click, { notice, bot, home: { team: 'T0TEAM' }, isOpen: true });
    return judgement.counts ? judgement.press.press : judgement.why;
  };
  assert.equal(judged('C0123'), 'keep');
  assert.equal(judged(), 'keep');
  assert.match(judged('C0NEW'), /uses another channel now/);
});

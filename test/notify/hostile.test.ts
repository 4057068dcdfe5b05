/** Hostile tags and labels on their whole way: from the news to what a reader sees. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { messageOf } from '../../src/domain/message.ts';
import type { News } from '../../src/domain/notice.ts';
import { hostileName, letterOf, NOW } from '../support/letter.ts';
import { play, PLAYED, playedKind } from '../support/vendors/played.ts';

const machine = fc.record(
  {
    id: fc.constant('i-0123456789abcdef0'),
    name: hostileName,
    region: fc.constant('eu-central-1'),
    type: fc.constant('g5.xlarge'),
    owner: hostileName,
  },
  { requiredKeys: ['id', 'name', 'region', 'type'] },
);

const news: fc.Arbitrary<News> = fc
  .record({ machine, by: hostileName, evidence: hostileName, words: hostileName })
  .chain(({ machine: about, by, evidence, words }) => {
    const shared = { at: NOW, machine: about, operation: 'operation-1' };
    const grounds = { cause: 'alert', by, evidence, since: NOW - 3_600_000 } as const;
    return fc.constantFrom<News>(
      { kind: 'warning', ...shared, ...grounds, warnedAt: NOW, stopsAt: NOW + 900_000 },
      { kind: 'kept', ...shared, by: 'hold', until: NOW + 7_200_000, message: words },
      { kind: 'stopped', ...shared, ...grounds, message: words },
      { kind: 'not_stopped', ...shared, reason: 'still_firing', message: words },
      { kind: 'failed', ...shared, verb: 'stop', reason: 'retry', message: words },
      { kind: 'test', at: NOW, who: by },
    );
  });

for (const kind of Object.keys(PLAYED)) {
  test(`${kind} shows the machine and the time, whatever the tags hold`, async () => {
    await using playing = await play(kind);
    const { shown } = playedKind(kind);
    await fc.assert(
      fc.asyncProperty(news, async (told) => {
        const message = messageOf(told, {
          zone: 'Europe/Berlin',
          now: NOW,
          isQuiet: false,
          subject: 'operation-1',
          linkTo: ({ purpose }) => `https://ec2.example.com/l/${purpose}.${'x7'.repeat(150)}`,
          mayAct: kind === 'ntfy',
        });
        const letter = { ...letterOf(), message, news: told, now: Date.now() };
        const delivered = await playing.channel.deliver(letter, new AbortController().signal);
        assert.equal(delivered.outcome, 'sent', JSON.stringify(delivered));
        const { body = '' } = playing.vendor.requests.at(-1) ?? {};
        const seen = shown(body).replaceAll('\u200b', '');
        assert.ok(seen.includes(message.title), `${message.title} in ${seen}`);
        for (const { url } of message.links) assert.ok(body.includes(url), url);
      }),
      { numRuns: 30, endOnFailure: true },
    );
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cut, cutMiddle, escapeCard, escapeMarkdown, onOneLine, withoutMentions } from './text.ts';

test('text is cut behind a word, and a long word inside', () => {
  assert.equal(cut('no GPU above 2 %', 100), 'no GPU above 2 %');
  assert.equal(cut('no GPU above 2 % since 13:20', 20), 'no GPU above 2 %…');
  assert.equal(cut('x'.repeat(30), 10), `${'x'.repeat(9)}…`);
  assert.equal(cut(`a ${'x'.repeat(30)}`, 10), `a ${'x'.repeat(7)}…`);
});

test('a title keeps its begin and its end', () => {
  const title = `gpu-train-7 ${'x'.repeat(300)} stops at 14:15 CET`;
  const short = cutMiddle(title, 150);
  assert.equal(short.length, 150);
  assert.match(short, /^gpu-train-7 x+…x+ stops at 14:15 CET$/);
});

test('no cut is too long, or leaves half of a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), fc.integer({ min: 2, max: 60 }), (text, room) => {
      for (const short of [cut(text, room), cutMiddle(text, room)]) {
        assert.ok(short.length <= Math.max(room, 0));
        assert.ok(short.isWellFormed());
      }
    }),
  );
});

test('hostile text is one line that hides nothing', () => {
  assert.equal(onOneLine(' a\u0000b\r\nc\u202ed\u2066e\u2028f\ud800 '), 'a b cde f');
});

test('names that vendors notify are broken, and mail addresses are not', () => {
  for (const [text, expected] of [
    ['@channel', '@\u200bchannel'],
    ['ask @pia', 'ask @\u200bpia'],
    ['x.@all', 'x.@\u200ball'],
    ['家@all', '家@\u200ball'],
    ['x@all', 'x@\u200ball'],
    ['-@all.com', '-@\u200ball.com'],
    ['pia@example.com', 'pia@example.com'],
    ['first.last+gpu@mail.example.com', 'first.last+gpu@mail.example.com'],
  ] as const)
    assert.equal(withoutMentions(text), expected);
});

test('markup is escaped, and the usual names are not touched', () => {
  for (const name of ['gpu-train-7', 'i-0123456789abcdef0', 'ip-10-0-0-1.eu-central-1.compute.internal', '14:15 CET']) {
    assert.equal(escapeMarkdown(name), name);
    assert.equal(escapeCard(name), name);
  }
  assert.equal(escapeCard('train_gpu_7'), 'train_gpu_7');
  assert.equal(escapeMarkdown('train_gpu_7'), String.raw`train\_gpu\_7`);
  assert.equal(escapeMarkdown('[x](https://e) **b** <@1>'), String.raw`\[x\](https://e) \*\*b\*\* \<@1\>`);
  assert.equal(escapeCard(String.raw`[x](https://e) *b* _c_ \*`), String.raw`\[x\](https://e) \*b\* \_c\_ \\\*`);
  for (const line of ['- list', '+ list', '1. list', '12) list']) {
    assert.notEqual(escapeMarkdown(line), line);
    assert.equal(escapeCard(line).replace('\\', ''), line);
    assert.notEqual(escapeCard(line), line);
  }
  assert.equal(escapeMarkdown('# heading'), String.raw`\# heading`);
});

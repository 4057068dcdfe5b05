import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { asJson, printable, render } from './screen.ts';

test('what a terminal would obey is written as its number', () => {
  assert.equal(printable('gpu-1 \u001B[2J\u0007'), 'gpu-1 \\u{1b}[2J\\u{7}');
  assert.equal(printable('\u009B31m \u007F'), '\\u{9b}31m \\u{7f}');
  assert.equal(printable('stop\u202Etrats\u200B'), 'stop\\u{202e}trats\\u{200b}');
  assert.equal(printable('a\nb\tc\u2028'), 'a\\u{a}b\\u{9}c\\u{2028}');
  assert.equal(printable('\uD800'), '\\u{d800}');
  assert.equal(printable('Größe 日本 €'), 'Größe 日本 €');
});

test('styles are ours alone, and only in colour', () => {
  const line = ['a ', { text: 'failed\u001B[0m', style: 'bad' }] as const;
  assert.equal(render(line, false), 'a failed\\u{1b}[0m');
  assert.equal(render(line, true), 'a \u001B[31mfailed\\u{1b}[0m\u001B[39m');
});

test('JSON is the same value, on one line that no terminal obeys', () => {
  fc.assert(
    fc.property(fc.uint16Array({ maxLength: 20 }), (units) => {
      const text = String.fromCharCode(...units);
      const json = asJson({ text });
      assert.deepEqual(JSON.parse(json), { text });
      assert.doesNotMatch(json, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }),
  );
  assert.equal(asJson('\u009B\u{E0001}'), '"\\u009b\\udb40\\udc01"');
});

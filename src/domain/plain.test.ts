import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plain, sentence } from './plain.ts';

test('control characters, line ends and runs of spaces become one space', () => {
  assert.equal(plain(' gpu\r\n\t7\u2028x\u0085y\u001b[31mred ', 50), 'gpu 7 x y [31mred');
});

test('characters without a picture, and those that turn the direction of writing, are left out', () => {
  assert.equal(plain('g\u200bp\u202eu\u2066\ufeff\u3164\u{e0041}\ud800-\ue0007', 50), 'gpu-7');
});

test('marks are not piled up on a letter', () => {
  assert.equal(plain(`a${'\u0301'.repeat(50)}b`, 50), `a${'\u0301'.repeat(3)}b`);
});

test('letters of every script stay as they are', () => {
  for (const name of ['gpu-7', 'GPU box 1', 'gpü_ä', 'графика', '机器 7', 'مخدم', '🚀 gpu'])
    assert.equal(plain(name, 50), name);
});

test('long text is cut between characters', () => {
  assert.equal(plain('abcdefghij', 5), 'abcd…');
  assert.equal(plain('abcde', 5), 'abcde');
  assert.equal(plain('ab 🚀🚀', 5), 'ab…');
  assert.equal(plain('abca\u0301\u0301bc', 6), 'abc…');
  assert.equal(plain('x'.repeat(1_000_000), 1), '…');
});

test('a sentence ends in one full stop', () => {
  assert.deepEqual(['', 'a', 'a.', 'a!', 'a…'].map(sentence), ['', 'a.', 'a.', 'a!', 'a…']);
});

test('no address in it becomes a link', () => {
  assert.equal(plain('keep: https://evil.example/l/abc', 100), 'keep: https: //evil.example/l/abc');
  assert.equal(plain('http://////', 12), 'http: //////');
});

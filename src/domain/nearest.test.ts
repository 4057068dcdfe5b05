import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from './nearest.ts';

const WORDS = ['start', 'stop', 'status', 'ops', 'cancel', 'dry-run'];

test('the word that the fewest slips lead to', () => {
  for (const [word, meant] of [
    ['stpo', 'stop'],
    ['strat', 'start'],
    ['stat', 'start'],
    ['statsu', 'status'],
    ['cancle', 'cancel'],
    ['op', 'ops'],
    ['dryrun', 'dry-run'],
    ['canc', 'cancel'],
  ] as const) {
    assert.equal(nearest(word, WORDS), meant, word);
  }
});

test('nothing when nothing is near', () => {
  for (const word of ['', 'x', 'terminate', 'i-0123456789abcdef0', 's'.repeat(100_000)]) {
    assert.equal(nearest(word, WORDS), undefined, word.slice(0, 20));
  }
});

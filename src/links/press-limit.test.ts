import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPressLimit } from './press-limit.ts';

const MINUTE = 60_000;

test('ten presses a minute count, for each link by itself', () => {
  let now = 0;
  const mayPress = createPressLimit(() => now);
  const press = (link: string, times: number) =>
    Array.from({ length: times }, () => mayPress(link)).filter(Boolean).length;
  assert.equal(press('one', 15), 10);
  assert.equal(press('other', 5), 5);
  now = MINUTE - 1;
  assert.equal(press('one', 5), 0);
  now = MINUTE;
  assert.equal(press('one', 15), 10);
});

test('it remembers ten thousand links, and forgets the oldest', () => {
  const mayPress = createPressLimit(() => 0);
  for (let times = 0; times < 11; times += 1) mayPress('first');
  for (let link = 1; link < 10_000; link += 1) mayPress(String(link));
  assert.equal(mayPress('first'), false);
  mayPress('one more');
  assert.equal(mayPress('first'), true);
});

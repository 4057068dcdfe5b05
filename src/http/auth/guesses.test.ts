import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProblemError } from '../problem.ts';
import { answerGuess, watchGuess } from './guesses.ts';
import { createLoginLimit } from './login-limit.ts';
import { unauthorized } from './sender.ts';

const HERE = '192.0.2.7';

function start() {
  const parts = {
    logins: createLoginLimit(() => 1_000),
    observer: { loginFailed: () => undefined },
    warnSparingly: () => undefined,
  };
  return {
    watch: (token: string) => watchGuess(parts, new Headers({ authorization: `Bearer ${token}` }), HERE),
    fail: () => answerGuess(parts, unauthorized('a wrong one', { isFailedLogin: true }), HERE, '/ping'),
  };
}

const refused = (error: unknown): boolean => error instanceof ProblemError && error.problem.status === 429;

test('of many guesses at once, ten are looked at: the right one among the others is not told apart from them', () => {
  const { watch, fail } = start();
  const guesses = Array.from({ length: 10 }, (_, index) => watch(`guess-${index}`));
  assert.throws(() => watch('the-right-one'), refused);
  for (const guess of guesses) {
    guess.over();
    assert.equal(fail(), undefined, 'each of the ten is told that it is wrong');
  }
  assert.throws(() => watch('the-right-one'), refused);
});

test('one token that comes many times at once is one guess, and waits no more once it was right', () => {
  const { watch, fail } = start();
  for (const guess of Array.from({ length: 50 }, () => watch('short'))) guess.right();
  for (let turn = 0; turn < 20; turn += 1) fail();
  watch('short').right();
  assert.throws(() => watch('other'), refused);
});

test('a guess that cannot be proved now counts for nothing, and a long token is none', () => {
  const { watch, fail } = start();
  for (let turn = 0; turn < 20; turn += 1) watch(`guess-${turn}`).over();
  watch('guess').over();
  for (let turn = 0; turn < 20; turn += 1) fail();
  watch('a-token-of-sixteen-letters-or-more').right();
});

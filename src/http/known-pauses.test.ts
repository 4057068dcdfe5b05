/** What answers say about pauses while the store gives no answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pause } from '../domain/voice.ts';
import { createKnownPauses } from './known-pauses.ts';

const PAUSE: Pause = { id: 'one', who: 'ada', why: 'the cluster moves', createdAt: 1 };

test('while the store is silent, the pauses that were known last are shown', async () => {
  let now = 0;
  const silence = Promise.withResolvers<readonly Pause[]>();
  const answers = [Promise.resolve([PAUSE]), silence.promise, Promise.resolve([])];
  const store = { pauses: async () => answers.shift() ?? silence.promise };
  const known = createKnownPauses(
    store,
    () => 2,
    () => now,
  );
  assert.deepEqual(await known.read(), [PAUSE]);
  now += 2_000;
  assert.deepEqual(await known.read(), [PAUSE]);
  assert.deepEqual(await known.read(), [PAUSE], 'the question that has no answer is not asked again');
  now += 2_000;
  assert.deepEqual(await known.read(), []);
});

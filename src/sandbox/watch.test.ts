import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWatch } from './watch.ts';

test('waits until the condition holds when something happens', async () => {
  const watch = createWatch();
  let count = 0;
  const reached = watch.until(() => count === 2);
  for (count = 0; count < 2;) {
    count += 1;
    watch.check();
  }
  await reached;
});

test('a condition that holds already needs no event', async () => {
  await createWatch().until(() => true);
});

test('rejects at the timeout and names the condition', async () => {
  const neverTrue = () => false;
  await assert.rejects(createWatch().until(neverTrue, { timeoutMs: 1 }), /waited 1 ms for this in vain: \(\) => false/);
});

test('rejects on abort, on close and when the condition throws', async () => {
  const watch = createWatch();
  const abort = new AbortController();
  const aborted = watch.until(() => false, { signal: abort.signal });
  abort.abort();
  await assert.rejects(aborted, /aborted/);
  let broken = false;
  const throws = watch.until(() => {
    if (broken) throw new Error('broken');
    return false;
  });
  broken = true;
  watch.check();
  await assert.rejects(throws, /broken/);
  const closed = watch.until(() => false);
  watch.close();
  await assert.rejects(closed, /closed/);
});

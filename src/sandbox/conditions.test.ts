import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConditions } from './conditions.ts';

test('waits for an event after which the condition holds', async () => {
  const conditions = createConditions();
  let count = 0;
  const reached = conditions.until(() => count === 2);
  for (count = 0; count < 2;) {
    count += 1;
    conditions.check();
  }
  await reached;
});

test('a condition that already holds needs no event', async () => {
  await createConditions().until(() => true);
});

test('rejects at the timeout and names the condition', async () => {
  const neverTrue = () => false;
  await assert.rejects(
    createConditions().until(neverTrue, { timeoutMs: 1 }),
    /waited 1 ms for this in vain: \(\) => false/,
  );
});

test('rejects on abort, on close and when the condition throws', async () => {
  const conditions = createConditions();
  const abort = new AbortController();
  const aborted = conditions.until(() => false, { signal: abort.signal });
  abort.abort();
  await assert.rejects(aborted, /aborted/);
  let broken = false;
  const throws = conditions.until(() => {
    if (broken) throw new Error('broken');
    return false;
  });
  broken = true;
  conditions.check();
  await assert.rejects(throws, /broken/);
  const closed = conditions.until(() => false);
  conditions.close();
  await assert.rejects(closed, /closed/);
});

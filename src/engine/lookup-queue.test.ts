import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import type { NameLookup } from './name-lookup.ts';
import { queueFor, queueLookups } from './lookup-queue.ts';

const FOUND: NameLookup = { answer: 'addresses', addresses: ['10.0.0.1'] };
const FAILED: NameLookup = { answer: 'failed', message: 'ETIMEOUT' };

/** A resolver that answers when the test says so. */
function heldResolver() {
  const held = new Map<string, PromiseWithResolvers<NameLookup>>();
  const asked: string[] = [];
  const gone: string[] = [];
  const lookUp = queueLookups(async (name, signal) => {
    asked.push(name);
    signal.addEventListener('abort', () => gone.push(name));
    const answer = Promise.withResolvers<NameLookup>();
    held.set(name, answer);
    return answer.promise;
  });
  return { lookUp, asked, gone, answer: (name: string, found: NameLookup) => held.get(name)?.resolve(found) };
}

const nextTurn = async (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
const named = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

describe('a queue', () => {
  test('runs so many at a time, in order, and never runs work that was given up', async () => {
    const { inTurn } = queueFor(2);
    const ran: number[] = [];
    const ends: (() => void)[] = [];
    const controllers = named('', 5).map(() => new AbortController());
    const all = controllers.map(async ({ signal }, index) =>
      inTurn(async () => {
        ran.push(index);
        await new Promise<void>((resolve) => ends.push(resolve));
      }, signal),
    );
    await nextTurn();
    assert.deepEqual(ran, [0, 1]);
    controllers[2]?.abort();
    await assert.rejects(all[2] ?? Promise.resolve(), /the caller has gone/);
    ends[0]?.();
    await nextTurn();
    assert.deepEqual(ran, [0, 1, 3]);
  });
});

describe('lookups', () => {
  test('are shared by the callers that ask for a name at the same time', async () => {
    const { lookUp, asked, answer } = heldResolver();
    const both = Promise.all([lookUp('gpu-1'), lookUp('gpu-1')]);
    await nextTurn();
    answer('gpu-1', FOUND);
    assert.deepEqual(await both, [FOUND, FOUND]);
    assert.deepEqual(asked, ['gpu-1']);
    void lookUp('gpu-1');
    await nextTurn();
    assert.deepEqual(asked, ['gpu-1', 'gpu-1'], 'what was found is not kept');
  });

  test('of a good name go on beside more dead names than may run, from the second round on', async () => {
    const { lookUp, asked, answer } = heldResolver();
    const dead = named('dead', 100);
    const first = dead.map(async (name) => lookUp(name));
    await nextTurn();
    for (const name of dead) answer(name, FAILED);
    await Promise.all(first);
    assert.deepEqual(await lookUp('dead-0'), FAILED, 'a failure counts for a moment');
    assert.equal(asked.length, dead.length);
    const real = performance.now();
    mock.method(performance, 'now', () => real + 3_000);
    for (const name of dead) void lookUp(name);
    const good = lookUp('good');
    await nextTurn();
    mock.restoreAll();
    assert.equal(asked.length - dead.length, 64 + 1, 'the dead ones have a share only');
    answer('good', FOUND);
    assert.deepEqual(await good, FOUND);
  });

  test('are given up when no caller waits any more', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    const { lookUp, asked, gone } = heldResolver();
    const all = named('slow', 200).map(async (name) => lookUp(name));
    await nextTurn();
    assert.equal(asked.length, 128);
    mock.timers.tick(7_000);
    mock.timers.reset();
    for (const found of await Promise.all(all)) assert.equal(found.answer, 'failed');
    assert.equal(gone.length, 128);
    await nextTurn();
    assert.equal(asked.length, 128, 'those that waited in the queue are forgotten');
  });
});

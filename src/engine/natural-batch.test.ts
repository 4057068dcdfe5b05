import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import fc from 'fast-check';
import { naturalBatch } from './natural-batch.ts';

/** Calls that end when the test says so. */
function calls(maxSize = 100) {
  const made: {
    readonly key: string;
    readonly items: readonly number[];
    readonly end: () => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const arrived: (() => void)[] = [];
  const add = naturalBatch<number, string>({
    maxSize,
    run: async (key, items) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
      made.push({ key, items, end: () => resolve(items.map((item) => `${key}${item}`)), fail: reject });
      for (const tell of arrived.splice(0)) tell();
      return promise;
    },
  });
  const made1 = async (count: number): Promise<void> => {
    while (made.length < count) await new Promise<void>((resolve) => arrived.push(resolve));
  };
  return { add, made, until: made1 };
}

test('items of one turn go in one call, in order, and each gets its own answer', async () => {
  const { add, made, until } = calls();
  const answers = Promise.all([1, 2, 3].map(async (item) => add('a', item)));
  await until(1);
  made[0]?.end();
  assert.deepEqual(await answers, ['a1', 'a2', 'a3']);
  assert.deepEqual(
    made.map(({ items }) => items),
    [[1, 2, 3]],
  );
});

test('items that are added while a call is under way go in the next one', async () => {
  const { add, made, until } = calls();
  const first = add('a', 1);
  await until(1);
  const others = Promise.all([add('a', 2), add('a', 3)]);
  made[0]?.end();
  await first;
  await until(2);
  made[1]?.end();
  assert.deepEqual(await others, ['a2', 'a3']);
  assert.deepEqual(
    made.map(({ items }) => items),
    [[1], [2, 3]],
  );
});

test('keys do not wait for each other', async () => {
  const { add, made, until } = calls();
  const slow = add('a', 1);
  const quick = add('b', 2);
  await until(2);
  made.find(({ key }) => key === 'b')?.end();
  assert.equal(await quick, 'b2');
  made.find(({ key }) => key === 'a')?.end();
  assert.equal(await slow, 'a1');
});

test('a call that fails fails for its own items only', async () => {
  const { add, made, until } = calls();
  const first = add('a', 1);
  await until(1);
  const second = add('a', 2);
  made[0]?.fail(new Error('no'));
  await assert.rejects(first, /no/);
  await until(2);
  made[1]?.end();
  assert.equal(await second, 'a2');
});

test('a call with fewer answers than items fails', async () => {
  const add = naturalBatch<number, number>({ maxSize: 9, run: async () => Promise.resolve([1]) });
  const results = await Promise.allSettled([add('a', 1), add('a', 2)]);
  assert.ok(results.every(({ status }) => status === 'rejected'));
});

test('no call is larger than the limit, and no answer is lost or mixed up', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer(), { maxLength: 50 }),
      fc.integer({ min: 1, max: 7 }),
      async (items, maxSize) => {
        const sizes: number[] = [];
        const add = naturalBatch<number, number>({
          maxSize,
          run: async (_key, batch) => {
            sizes.push(batch.length);
            return Promise.resolve(batch.map((item) => item * 2));
          },
        });
        assert.deepEqual(
          await Promise.all(items.map(async (item) => add('a', item))),
          items.map((item) => item * 2),
        );
        assert.ok(sizes.every((size) => size >= 1 && size <= maxSize));
        assert.equal(sizes.length, Math.ceil(items.length / maxSize));
      },
    ),
  );
});

test('a batch runs in the context of its own first item, whichever item began the queue', async () => {
  const context = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const added = Promise.withResolvers<void>();
  const add = naturalBatch<string, string>({
    maxSize: 100,
    run: async (_key, items) => {
      seen.push(context.getStore());
      // The next batch is added while this one is in flight.
      if (seen.length === 1) await added.promise;
      return items;
    },
  });
  const first = context.run('first', async () => add('', 'a'));
  await new Promise(setImmediate);
  const others = ['second', 'third'].map(async (name) => context.run(name, async () => add('', name)));
  added.resolve();
  await Promise.all([first, ...others]);
  assert.deepEqual(seen, ['first', 'second']);
});

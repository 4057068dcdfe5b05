/** What persons say about machines is kept, and the newer of two words holds. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CreateDatabase } from './database.ts';
import { ADA, MINUTE, T0, act, claimAll, enqueue, idOf, instanceId, move, request, take, wait } from './samples.ts';

const DAY = 24 * 60 * MINUTE;
const said = { instance: instanceId(1), verb: 'stop', kind: 'cancel', who: 'Ada' } as const;

export function describeWords(create: CreateDatabase): void {
  describe('a word', () => {
    test('is what a person says who cancels an operation whose machine is known', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1)), wait(1, T0 + MINUTE), T0 + MINUTE);
      await store.cancel(idOf(1), ADA, T0 + 5);
      assert.deepEqual(await store.words([instanceId(1), instanceId(2)]), [{ ...said, at: T0 + 5 }]);
    });

    test('comes too late for what is being carried out, and is kept all the same', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1)), act(1));
      assert.equal((await store.cancel(idOf(1), ADA, T0 + 5))?.state, 'acting');
      assert.deepEqual(await store.words([instanceId(1)]), [{ ...said, at: T0 + 5 }]);
    });

    test('is about no machine when there is none yet, and about nothing when the operation is a dry run', async (t) => {
      const store = await (await create(t)).open();
      await enqueue(store, [request(1)], T0);
      await move(store, await take(store, request(2, { dryRun: true })), wait(1, T0 + MINUTE), T0 + MINUTE);
      for (const id of [idOf(1), idOf(2)]) assert.equal((await store.cancel(id, ADA, T0 + 5))?.state, 'cancelled');
      assert.deepEqual(await store.words([instanceId(1)]), []);
    });

    test('that is newer replaces an older one, in whichever order they come', async (t) => {
      const store = await (await create(t)).open();
      for (const [number, at] of [5, 9, 7].entries()) {
        const operation = await take(store, request(number, { episode: String(number) }));
        await move(store, operation, wait(1, T0 + MINUTE), T0);
        await store.cancel(idOf(number), { ...ADA, name: `Ada ${at}` }, T0 + at);
      }
      assert.deepEqual(await store.words([instanceId(1)]), [{ ...said, who: 'Ada 9', at: T0 + 9 }]);
    });

    test('is kept a year longer than the operation that it was about', async (t) => {
      const store = await (await create(t)).open();
      await move(store, await take(store, request(1)), wait(1, T0 + MINUTE), T0);
      await store.cancel(idOf(1), ADA, T0);
      assert.ok((await store.prune(T0 + 365 * DAY, 100)) > 0);
      assert.equal(await store.find(idOf(1)), undefined);
      assert.equal((await store.words([instanceId(1)])).length, 1);
      assert.equal(await store.prune(T0 + 365 * DAY + 1, 100), 1);
      assert.deepEqual(await store.words([instanceId(1)]), []);
      assert.deepEqual(await claimAll(store), []);
    });
  });
}

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import type { CreateDatabase } from './database.ts';
import { noticeOf } from './notice-samples.ts';
import { MINUTE, T0 } from './samples.ts';

const DIGEST = createHash('sha256').update('keep 4 h').digest('hex');

export function describeAnsweredNotices(create: CreateDatabase): void {
  describe('a notice that is answered', () => {
    test('is found by its id', async (t) => {
      const store = await (await create(t)).open();
      const [written] = await store.addNotices([noticeOf('thread', 'subject')], T0);
      assert.ok(written !== undefined);
      assert.deepEqual(await store.notice(written.id), written);
      assert.equal(await store.notice('0199c0de-0000-7000-8000-000000000000'), undefined);
    });

    test('is answered once, whichever replica gets the answer, until that is forgotten', async (t) => {
      const stores = await (await create(t)).replicas(4);
      const timesTaken = async (at: number): Promise<number> => {
        const taken = await Promise.all(stores.map(async (store) => store.takeAnswer(DIGEST, at + MINUTE, at)));
        return taken.filter(Boolean).length;
      };
      assert.equal(await timesTaken(T0), 1);
      assert.equal(await timesTaken(T0 + MINUTE), 0);
      assert.equal(await timesTaken(T0 + MINUTE + 1), 1);
    });
  });
}

/** A signed delivery that comes more than once: after an answer that was lost, or sent by whoever has seen it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NewDelivery, Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import { MINUTE, T0, claimAll, deliveryOf, request } from './samples.ts';

const SIGNATURE = { digest: 'a'.repeat(64), expiresAt: T0 + 10 * MINUTE };

/** The same delivery; an operation gets an id of its own each time. */
function signed(number: number): NewDelivery {
  const wanted = [request(number, { machine: 1 }), request(number + 1, { machine: 2, episode: null })];
  return { ...deliveryOf(wanted), signature: SIGNATURE };
}

async function outcomesOf(store: Store, delivery: NewDelivery, now: number): Promise<readonly string[]> {
  const { receipts } = await store.recordDeliveries([delivery], now);
  return (receipts[0] ?? []).map((receipt) =>
    'reason' in receipt ? `${receipt.outcome} ${receipt.reason}` : receipt.outcome,
  );
}

export function describeReplayed(create: CreateDatabase): void {
  describe('a signed delivery', () => {
    test('that several replicas get at once is taken by one of them', async (t) => {
      const stores = await (await create(t)).replicas(4);
      const answers = await Promise.all(
        stores.map(async (store, index) => outcomesOf(store, signed(1 + 10 * index), T0)),
      );
      assert.deepEqual(
        answers.map(String).toSorted(),
        ['accepted,accepted', ...Array.from({ length: 3 }, () => 'done,ignored replayed')].toSorted(),
      );
      const [store] = stores;
      assert.equal(store === undefined ? 0 : (await claimAll(store)).length, 2);
    });

    test('whose first try could not be recorded is no copy', async (t) => {
      const database = await create(t);
      const store = await database.open();
      const broken = deliveryOf([request(1, { machine: 1 }), request(1, { machine: 2 })]);
      await assert.rejects(
        store.recordDeliveries([{ ...broken, signature: SIGNATURE }], T0),
        'two operations with one id',
      );
      assert.deepEqual(await outcomesOf(store, signed(1), T0), ['accepted', 'accepted']);
    });

    test('is a new one once its signature has run out', async (t) => {
      const store = await (await create(t)).open();
      assert.deepEqual(await outcomesOf(store, signed(1), T0), ['accepted', 'accepted']);
      assert.deepEqual(await outcomesOf(store, signed(11), T0 + 10 * MINUTE), ['done', 'ignored replayed']);
      assert.equal((await outcomesOf(store, signed(21), T0 + 11 * MINUTE))[1], 'joined');
    });
  });
}

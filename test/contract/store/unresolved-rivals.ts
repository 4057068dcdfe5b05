/** Starts that have not found their machine yet: it may be the one that is about to be stopped. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Settled } from '../../../src/domain/change.ts';
import type { OpenOperation } from '../../../src/domain/operation.ts';
import type { Target } from '../../../src/domain/target.ts';
import type { Store } from '../../../src/store/port.ts';
import type { CreateDatabase } from './database.ts';
import { ENDINGS, MINUTE, T0, WORKER, act, change, idOf, instanceId, move, request, settle, take } from './samples.ts';

const HOST: Target = { kind: 'name', name: 'gpu.example', text: 'gpu.example' };

export function describeUnresolvedRivals(create: CreateDatabase): void {
  describe('rivals that have not found their machine', () => {
    test('a start of the same moment that has not found its machine keeps stops back, whatever its name', async (t) => {
      const store = await (await create(t)).open();
      const stop = await take(store, request(1, { verb: 'stop' }), T0);
      const start = await take(store, request(2, { verb: 'start', target: HOST }), T0 + 1);
      const later = await take(store, request(3, { verb: 'stop', machine: 3 }), T0 + MINUTE);
      const rival: Settled = { outcome: 'rival', rival: idOf(2), yields: false, isUnresolved: true };
      assert.deepEqual(await tryToStop(store, stop), rival);
      assert.equal((await store.standing(WORKER, [idOf(1)], T0)).get(idOf(1))?.rival, idOf(2));
      assert.equal((await tryToStop(store, later, 3))?.outcome, 'written', 'its start came at another time');
      await move(store, start, { ...ENDINGS.succeeded, instance: { id: instanceId(9), place: {} } });
      assert.equal((await tryToStop(store, stop))?.outcome, 'written', 'the start was for another machine');
    });
  });
}

async function tryToStop(store: Store, operation: OpenOperation, machine = 1): Promise<Settled | undefined> {
  const [answer] = await settle(store, WORKER, [change(operation, act(machine))]);
  return answer;
}

/** The volumes of machines, which are read apart from all else. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Volume } from '../../../src/domain/volume.ts';
import type { CreateDatabase } from './database.ts';
import { PLACE, see, sighting } from './machine-samples.ts';
import { instanceId, MINUTE, T0 } from './samples.ts';

const ROOT: Volume = { type: 'gp3', gib: 100, iops: 3_000, throughput: 125 };
const DATA: Volume = { type: 'st1', gib: 500 };

export function describeVolumes(create: CreateDatabase): void {
  describe('volumes', () => {
    test('are due until they are read, and again after a time, of machines that are listed and exist', async (t) => {
      const store = await (await create(t)).open();
      await see(store, sighting(1), sighting(2), sighting(3), sighting(4, { state: 'terminated' }));
      const at = T0 + MINUTE;
      await see(store, sighting(1, { at }), sighting(2, { at }), sighting(4, { at, state: 'terminated' }));
      await store.forgetUnseen(PLACE, at, at);
      const dueAt = async (since: number): Promise<readonly string[]> =>
        (await store.machinesWithOldVolumes(since)).map(({ id }) => id);
      assert.deepEqual(await store.machinesWithOldVolumes(T0), [
        { id: instanceId(1), place: PLACE },
        { id: instanceId(2), place: PLACE },
      ]);
      await store.keepVolumes(new Map([[instanceId(1), [ROOT]]]), T0);
      assert.deepEqual([await dueAt(T0), await dueAt(T0 + 1)], [[instanceId(2)], [instanceId(1), instanceId(2)]]);
    });

    test('are known with the machine, whatever is seen of it afterwards, and are those that were read last', async (t) => {
      const store = await (await create(t)).open();
      const known = async (machine: number) => (await store.machine(instanceId(machine), T0))?.machine;
      await see(store, sighting(1, { elasticIps: 2 }), sighting(2));
      assert.deepEqual([(await known(1))?.elasticIps, (await known(1))?.volumes], [2, undefined]);
      const both = [instanceId(1), instanceId(2), instanceId(9)].map((id) => [id, [DATA, ROOT]] as const);
      await store.keepVolumes(new Map(both), T0);
      await see(store, sighting(1, { at: T0 + MINUTE, state: 'stopped', elasticIps: 0 }));
      const after = await known(1);
      assert.deepEqual([after?.state, after?.elasticIps, after?.volumes], ['stopped', 0, [ROOT, DATA]]);
      await store.keepVolumes(new Map([[instanceId(1), []]]), T0 - 1);
      assert.deepEqual((await known(1))?.volumes, [ROOT, DATA], 'an answer that is late changes nothing');
      await store.keepVolumes(new Map([[instanceId(1), []]]), T0 + 1);
      assert.deepEqual([(await known(1))?.volumes, (await known(2))?.volumes], [[], [ROOT, DATA]]);
    });

    test('are there to count when a stop of the machine is recorded', async (t) => {
      const store = await (await create(t)).open();
      await see(store, sighting(1));
      await store.keepVolumes(new Map([[instanceId(1), [ROOT]]]), T0);
      const changed = await store.recordSeen([sighting(1, { at: T0 + MINUTE, state: 'stopping' })], T0 + MINUTE);
      assert.deepEqual(
        changed.map(({ volumes }) => volumes),
        [[ROOT]],
      );
    });
  });
}

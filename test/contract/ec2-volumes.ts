import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseFleet } from '../../src/sandbox/fleet.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { ID, MAIN_KEY } from './ec2-fleet.ts';
import { here, testOnce, type Run } from './ec2-run.ts';

/** What a client answers of volumes. */
export function volumesContract(run: Run): void {
  describe('volumes', () => {
    test('are those that are attached to each instance', async () => {
      const found = await run.client.volumes(here, [ID.gpu, ID.stopped, ID.store, ID.nowhere]);
      const root = { type: 'gp3', iops: 3_000, throughput: 125 };
      assert.deepEqual(found.get(ID.gpu)?.toSorted(byType), [
        { ...root, gib: 200 },
        { type: 'io2', gib: 500, iops: 4_000 },
        { type: 'st1', gib: 1_000 },
      ]);
      assert.deepEqual([...found].slice(1), [
        [ID.stopped, [{ ...root, gib: 100 }]],
        [ID.store, []],
        [ID.nowhere, []],
      ]);
    });

    testOnce(run, 'are read to the last page', async () => {
      const ids = Array.from({ length: 60 }, (_, index) => `i-${index.toString(16).padStart(17, '0')}`);
      const volumes = Array.from({ length: 10 }, () => ({ size: 1 }));
      const machines = ids.map((id, index) => ({
        id,
        account: '111111111111',
        region: 'eu-central-1',
        type: 't3.micro',
        private_ip: `10.1.0.${index}`,
        volumes,
      }));
      const fleet = parseFleet(JSON.stringify({ accounts: { '111111111111': { keys: [MAIN_KEY] } }, machines }), 0);
      await using crowded = await startSandbox({ fleet });
      const found = await run.open({}, {}, crowded.url).volumes(here, ids);
      assert.deepEqual(new Set([...found.values()].map(({ length }) => length)), new Set([11]));
      assert.equal(crowded.counts.get('DescribeVolumes'), 2);
    });

    testOnce(run, 'of no instance, or of what is no id, are not asked for', async () => {
      const before = run.sandbox.counts.get('DescribeVolumes');
      for (const ids of [[], ['*'], ['i-*']]) await assert.rejects(run.client.volumes(here, ids), RangeError);
      assert.equal(run.sandbox.counts.get('DescribeVolumes'), before);
    });
  });
}

function byType({ type: one }: { readonly type: string }, { type: other }: { readonly type: string }): number {
  return one < other ? -1 : 1;
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instance } from '../domain/instance.ts';
import type { Sighting } from '../domain/machine.ts';
import { createSeenRecorder } from './record-seen.ts';

const machine: Instance = {
  id: 'i-0123456789abcdef0',
  place: { region: 'eu-central-1' },
  state: 'running',
  launchedAt: 0,
  type: 'g5.xlarge',
  availabilityZone: 'eu-central-1a',
  tags: {},
  addresses: { secondary: [], public: [], ipv6: [], secondaryIpv6: [] },
  rootDevice: 'ebs',
};

test('what operations see is written together, again only if it differs, and again after a write that failed', async () => {
  const written: (readonly string[])[] = [];
  const faults: string[] = [];
  let fails = false;
  const recorder = createSeenRecorder({
    store: {
      recordSeen: async (sightings: readonly Sighting[]) => {
        if (fails) throw new Error('no database');
        written.push(sightings.map(({ state }) => state));
        return Promise.resolve([]);
      },
    },
    ownerTags: [],
    clock: () => 1_000_000,
    observer: { fault: (what) => void faults.push(what) },
  });
  const see = (...states: readonly Instance['state'][]): void => {
    for (const state of states) recorder.begin()([{ ...machine, state }]);
  };
  see('running', 'running', 'stopping');
  await recorder.settled();
  see('stopping');
  await recorder.settled();
  assert.deepEqual(written, [['running', 'stopping']]);
  fails = true;
  see('stopped');
  await recorder.settled();
  assert.deepEqual(faults, ['what EC2 has shown of machines could not be recorded']);
  await assert.rejects(recorder.record([{ ...machine, state: 'stopped' }], 1_000_000));
  fails = false;
  see('stopped');
  await recorder.settled();
  assert.deepEqual(written.slice(1), [['stopped']]);
});

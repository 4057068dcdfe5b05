import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAttached } from './attached.ts';
import { Ec2Error } from './port.ts';

const ID = 'i-0123456789abcdef0';

test('pages that never end, and answers that cannot be read, are errors', async () => {
  const volume = { VolumeType: 'gp3', Size: 8, Attachments: [{ InstanceId: ID }] };
  const answers: readonly unknown[] = [
    { Volumes: [volume], NextToken: 'again' },
    { Volumes: [{ ...volume, Size: '8' }] },
    { Volumes: [{ ...volume, VolumeType: undefined }] },
    {},
    '<html>',
  ];
  for (const answer of answers)
    await assert.rejects(
      readAttached([ID], async () => Promise.resolve(answer)),
      (error) => error instanceof Ec2Error && error.code === 'ClientOutput',
      JSON.stringify(answer),
    );
});

test('a volume of another instance, or of none, is left out', async () => {
  const attachedTo = (InstanceId?: string) => ({ VolumeType: 'gp3', Size: 8, Attachments: [{ InstanceId }] });
  const answer = { Volumes: [attachedTo('i-00000000000000001'), attachedTo(), { VolumeType: 'gp3', Size: 8 }] };
  assert.deepEqual([...(await readAttached([ID], async () => Promise.resolve(answer)))], [[ID, []]]);
});

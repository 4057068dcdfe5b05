import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tellGuard } from './guard-words.ts';

test('a guard that allows what its evidence tells of does not deny it', () => {
  assert.equal(tellGuard('scratch_disk', true), 'Stops may erase local disks here.');
  assert.equal(tellGuard('scratch_disk'), 'A stop erases no local disk that matters.');
  assert.equal(tellGuard('spot', true), tellGuard('spot'));
});

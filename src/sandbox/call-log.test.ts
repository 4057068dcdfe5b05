import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCallLog } from './call-log.ts';

test('the log keeps the latest calls and counts them all', () => {
  const log = createCallLog(2);
  for (const requestId of ['1', '2', '3']) {
    const where = { service: 'ec2', region: 'eu-central-1', account: '123456789012' };
    log.add({ at: 0, action: 'StopInstances', ...where, instanceIds: [], filters: [], dryRun: false, requestId });
  }
  assert.deepEqual(
    log.calls.map(({ requestId }) => requestId),
    ['2', '3'],
  );
  assert.equal(log.counts.get('StopInstances'), 3);
});

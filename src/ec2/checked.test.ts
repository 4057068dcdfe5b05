import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChecks } from './checked.ts';

const ID = 'i-0aaaaaaaaaaaaaa01';

function read(instance: string, system = 'ok', more: object = {}): string | undefined {
  const status = {
    InstanceId: ID,
    InstanceState: { Name: 'running' },
    InstanceStatus: { Status: instance },
    SystemStatus: { Status: system },
    ...more,
  };
  return parseChecks({ InstanceStatuses: [status] }, [ID]).get(ID);
}

test('a machine is ready only if the machine and its host are', () => {
  assert.equal(read('ok'), 'ok');
  assert.equal(read('ok', 'not-applicable'), 'ok');
  assert.equal(read('initializing'), 'initializing');
  assert.equal(read('ok', 'initializing'), 'initializing');
  assert.equal(read('initializing', 'impaired'), 'impaired');
  assert.equal(read('ok', 'ok', { AttachedEbsStatus: { Status: 'impaired' } }), 'impaired');
  assert.equal(read('ok', 'ok', { AttachedEbsStatus: { Status: 'initializing' } }), 'ok');
});

test('what is not understood is not taken for ready', () => {
  for (const word of ['insufficient-data', 'splendid', '']) assert.equal(read('ok', word), 'unknown', word);
  assert.equal(read('ok', 'ok', { InstanceState: { Name: 'stopping' } }), 'unknown');
  assert.equal(read('ok', 'ok', { InstanceState: undefined }), 'unknown');
  assert.equal(parseChecks({ InstanceStatuses: [] }, [ID]).get(ID), 'unknown');
});

test('an answer that is not from EC2 is an error', () => {
  for (const value of [{}, undefined, '<html>', { InstanceStatuses: [{}] }])
    assert.throws(() => parseChecks(value, [ID]), { code: 'ClientOutput' });
});
